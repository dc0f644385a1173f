//! The events that changes make.

use chrono::{DateTime, Utc};
use duebell_events::{
    JsonObject, TaskEvent, TaskEventData, TaskEventType, TaskUpdateAction, TaskUpdateEvent,
    TaskUpdateEventType, Timestamp,
};
use serde_json::{Map, Value, json};

use crate::Task;

/// The event for topic `task-events`: the task as it is after the change.
/// `correlation_id` is the event's own.
#[must_use]
pub fn task_event(
    task: &Task,
    event_type: TaskEventType,
    now: DateTime<Utc>,
    correlation_id: &str,
) -> TaskEvent {
    TaskEvent {
        event_type,
        task_id: task.id.into(),
        user_id: task.user_id.clone(),
        task_data: TaskEventData {
            title: task.title.clone(),
            description: task.description.clone(),
            completed: task.completed,
            priority: task.priority,
            due_date: task.due_date.map(Timestamp::from_datetime),
            tags: task.tags.clone(),
            recurring_pattern: task.recurring_pattern.map(|pattern| pattern.to_string()),
            next_occurrence: task.next_occurrence(now).map(Timestamp::from_datetime),
        },
        timestamp: Timestamp::from_datetime(now),
        correlation_id: correlation_id.to_owned(),
    }
}

/// The event for topic `task-updates`. `changes` is what [`changes`] makes.
#[must_use]
pub fn update_event(
    task: &Task,
    action: TaskUpdateAction,
    changes: JsonObject,
    source_client: Option<&str>,
    now: DateTime<Utc>,
) -> TaskUpdateEvent {
    TaskUpdateEvent {
        event_type: TaskUpdateEventType::Sync,
        task_id: task.id.into(),
        user_id: task.user_id.clone(),
        action,
        changes,
        source_client: source_client.map(str::to_owned),
        timestamp: Timestamp::from_datetime(now),
    }
}

/// These fields of a task with their values, written as in `task-events`. Names
/// that are none of [`ALL_FIELDS`](crate::ALL_FIELDS) are left out.
#[must_use]
pub fn changes(task: &Task, fields: &[&str]) -> JsonObject {
    let mut changes = Map::new();
    for field in fields {
        let value = match *field {
            "title" => json!(task.title),
            "description" => json!(task.description),
            "completed" => json!(task.completed),
            "priority" => json!(task.priority.as_str()),
            "due_date" => json!(
                task.due_date
                    .map(|due| Timestamp::from_datetime(due).to_string())
            ),
            "tags" => json!(task.tags),
            "recurring_pattern" => json!(task.recurring_pattern),
            "time_zone" => json!(task.time_zone),
            _ => continue,
        };
        changes.insert((*field).to_owned(), value);
    }
    JsonObject {
        text: Value::Object(changes).to_string(),
    }
}

#[cfg(test)]
mod tests;
