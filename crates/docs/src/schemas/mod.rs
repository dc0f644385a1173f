//! The schemas: those of the types that serve, and by hand those of answers that
//! only a component knows.

pub(crate) mod audit_entry;
mod audit_head;
mod audit_page;
mod checkpoint;
mod cloud_event;
mod dead_letter;
mod erasure;
mod health;
mod notification;
mod notification_page;
mod pages;
mod search_hit;
mod update_page;

use duebell_service::Problem;
use duebell_tasks::{NewReminder, NewTask, ReminderView, TaskPatch, TaskView};
use serde_json::{Map, Value, json};
use utoipa::{
    ToSchema,
    openapi::{RefOr, schema::Schema},
};

/// A reference to a schema of the same document.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What the HTTP interface takes and answers.
pub(crate) fn of_http() -> anyhow::Result<Map<String, Value>> {
    let mut derived = Vec::new();
    add::<NewTask>(&mut derived);
    add::<TaskPatch>(&mut derived);
    add::<TaskView<'_>>(&mut derived);
    add::<NewReminder>(&mut derived);
    add::<ReminderView<'_>>(&mut derived);
    add::<Problem>(&mut derived);
    let mut schemas = written(derived)?;
    for (name, schema) in [
        ("TaskPage", pages::schema("A page of tasks.", "Task")),
        (
            "ReminderPage",
            pages::schema(
                "A page of a task's reminders, those first that ring first.",
                "Reminder",
            ),
        ),
        ("Notification", notification::schema()),
        ("NotificationPage", notification_page::schema()),
        ("DeadLetter", dead_letter::schema()),
        (
            "DeadLetterPage",
            pages::schema("A page of dead letters, the newest first.", "DeadLetter"),
        ),
        ("WholeDeadLetter", dead_letter::whole()),
        ("Replay", dead_letter::replay()),
        ("Erasure", erasure::schema()),
        ("NewErasure", erasure::new()),
        ("SearchHit", search_hit::schema()),
        (
            "SearchPage",
            pages::schema("A page of what was found, the best first.", "SearchHit"),
        ),
        ("UpdatePage", update_page::schema()),
        ("Health", health::schema()),
        ("AuditPage", audit_page::schema()),
        ("AuditHead", audit_head::schema()),
        ("AuditEntry", audit_entry::schema()),
        ("AuditLine", checkpoint::line()),
        ("Checkpoint", checkpoint::schema()),
        (
            "CheckpointPage",
            pages::schema("A page of checkpoints, the latest first.", "Checkpoint"),
        ),
        ("Inclusion", checkpoint::inclusion()),
    ] {
        schemas.insert(name.to_owned(), schema);
    }
    // The types' own words are for who reads the code.
    for (name, description) in [
        (
            "NewTask",
            "The body of `POST /api/tasks`. What is null counts as not sent.",
        ),
        ("Problem", "An error: problem details (RFC 9457)."),
    ] {
        if let Some(schema) = schemas.get_mut(name).and_then(Value::as_object_mut) {
            schema.insert("description".to_owned(), description.into());
        }
    }
    Ok(schemas)
}

/// What is published and delivered.
pub(crate) fn of_events() -> anyhow::Result<Map<String, Value>> {
    let mut schemas = written(duebell_events::schema::components())?;
    schemas.insert("CloudEvent".to_owned(), cloud_event::schema());
    Ok(schemas)
}

fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

fn written(schemas: Vec<(String, RefOr<Schema>)>) -> anyhow::Result<Map<String, Value>> {
    schemas
        .into_iter()
        .map(|(name, schema)| Ok((name, serde_json::to_value(schema)?)))
        .collect()
}

/// A SHA-256 in hex.
fn hash(description: &str) -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$", "description": description })
}

/// The cursor of the next page.
fn next_cursor() -> Value {
    json!({ "type": ["string", "null"], "description": "The `cursor` of the next page; null on the last." })
}
