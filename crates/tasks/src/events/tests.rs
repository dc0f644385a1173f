use crate::{ALL_FIELDS, NewTask, TaskId, create};

use super::*;

fn now() -> DateTime<Utc> {
    "2026-01-14T10:30:00Z".parse().unwrap()
}

fn groceries() -> Task {
    let new: NewTask = serde_json::from_value(json!({
        "title": "Buy groceries", "description": "Milk, bread, eggs", "priority": "high",
        "due_date": "2026-01-15T14:00:00Z", "tags": ["shopping", "personal"],
    }))
    .unwrap();
    create(new, "user-456", TaskId::new(123).unwrap(), now())
        .unwrap()
        .task
}

#[test]
fn a_task_event_is_the_contracts() {
    let id = "550e8400-e29b-41d4-a716-446655440000";
    let event = task_event(&groceries(), TaskEventType::Created, now(), id);
    assert_eq!(
        serde_json::to_value(event).unwrap(),
        json!({
            "event_type": "task.created", "task_id": 123, "user_id": "user-456",
            "task_data": {
                "title": "Buy groceries", "description": "Milk, bread, eggs", "completed": false,
                "priority": "high", "due_date": "2026-01-15T14:00:00Z",
                "tags": ["shopping", "personal"], "recurring_pattern": null, "next_occurrence": null,
            },
            "timestamp": "2026-01-14T10:30:00Z", "correlation_id": id,
        })
    );
}

#[test]
fn an_update_event_is_the_contracts() {
    let mut task = groceries();
    task.priority = crate::Priority::Urgent;
    let changes = changes(&task, &["priority", "tags", "unknown"], None, now());
    let event = update_event(
        &task,
        TaskUpdateAction::Updated,
        changes,
        Some("web-abc123"),
        now(),
    );
    assert_eq!(
        serde_json::to_value(event).unwrap(),
        json!({
            "event_type": "task.sync", "task_id": 123, "user_id": "user-456", "action": "updated",
            "changes": { "priority": "urgent", "tags": ["shopping", "personal"] },
            "source_client": "web-abc123", "timestamp": "2026-01-14T10:30:00Z",
        })
    );
}

#[test]
fn every_field_can_be_told() {
    let told: Map<String, Value> =
        serde_json::from_str(&changes(&groceries(), ALL_FIELDS, None, now()).text).unwrap();
    assert_eq!(told.len(), ALL_FIELDS.len());
}
