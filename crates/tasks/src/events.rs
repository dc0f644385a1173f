//! The events that changes make.

use chrono::{DateTime, Utc};
use duebell_events::{
    JsonObject, ReminderEvent, ReminderEventType, TaskEvent, TaskEventData, TaskEventType,
    TaskUpdateAction, TaskUpdateEvent, TaskUpdateEventType, Timestamp,
};
use serde_json::{Map, Value, json};

use crate::{Reminder, ReminderView, Task};

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
            recurring_pattern: task
                .recurring_pattern
                .as_ref()
                .map(|pattern| pattern.as_str().to_owned()),
            next_occurrence: task.next_occurrence(now).map(Timestamp::from_datetime),
        },
        timestamp: Timestamp::from_datetime(now),
        correlation_id: correlation_id.to_owned(),
    }
}

/// The event for topic `reminder-events`: a reminder of this task. A task without
/// a due date is due when it is reminded of. `correlation_id` is the event's own.
#[must_use]
pub fn reminder_event(
    task: &Task,
    reminder: &Reminder,
    event_type: ReminderEventType,
    correlation_id: &str,
) -> ReminderEvent {
    let remind_at = reminder.alarm.remind_at;
    ReminderEvent {
        event_type,
        reminder_id: reminder.id.into(),
        task_id: task.id.into(),
        user_id: task.user_id.clone(),
        title: task.title.clone(),
        due_at: Timestamp::from_datetime(task.due_date.unwrap_or(remind_at)),
        remind_at: Timestamp::from_datetime(remind_at),
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

/// These fields of a task with their values, written as in `task-events`, and its
/// reminders if they are given. Names that are none of
/// [`ALL_FIELDS`](crate::ALL_FIELDS) are left out.
#[must_use]
pub fn changes(
    task: &Task,
    fields: &[&str],
    reminders: Option<&[Reminder]>,
    now: DateTime<Utc>,
) -> JsonObject {
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
    if let Some(reminders) = reminders {
        let views: Vec<_> = reminders
            .iter()
            .map(|reminder| ReminderView::new(reminder, now))
            .collect();
        changes.insert("reminders".to_owned(), json!(views));
    }
    JsonObject {
        text: Value::Object(changes).to_string(),
    }
}

#[cfg(test)]
mod tests;
