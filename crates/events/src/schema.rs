//! JSON Schemas of the events, for the documents that are made from these types.

use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::{AuditEvent, ReminderEvent, TaskEvent, TaskUpdateEvent};

/// The schemas of the events and of all that they refer to, by name and in the
/// names' order. References are as OpenAPI has them: `#/components/schemas/<name>`.
pub fn components() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = Vec::new();
    add::<TaskEvent>(&mut schemas);
    add::<ReminderEvent>(&mut schemas);
    add::<TaskUpdateEvent>(&mut schemas);
    add::<AuditEvent>(&mut schemas);
    schemas.sort_by(|(one, _), (other, _)| one.cmp(other));
    schemas.dedup_by(|(one, _), (other, _)| one == other);
    schemas
}

fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}
