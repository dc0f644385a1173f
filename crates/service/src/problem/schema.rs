//! A problem's schema, for the OpenAPI document.

use std::borrow::Cow;

use utoipa::openapi::{RefOr, schema::Schema};

use super::{Problem, Wire};

impl utoipa::PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Wire::schema()
    }
}

impl utoipa::ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        "Problem".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Wire::schemas(schemas);
    }
}
