//! The event that tells whoever listens that a reminder rang.

use chrono::{DateTime, Utc};
use duebell_events::{
    Event, JsonObject, ReminderEvent, TaskUpdateAction, TaskUpdateEvent, TaskUpdateEventType,
    Timestamp,
};
use duebell_ids::NotificationId;
use duebell_service::{Entropy, uuid_v4};
use duebell_store::outbox::NewEvent;
use serde_json::json;

/// `task.reminder` of a notification, for `task-updates`.
///
/// # Errors
/// It cannot be written, which the reminder's event could not have been read with.
pub(crate) fn reminder_update(
    id: NotificationId,
    event: &ReminderEvent,
    traceparent: Option<&str>,
    now: DateTime<Utc>,
    entropy: &dyn Entropy,
) -> Result<NewEvent, String> {
    let changes = json!({
        "notification_id": id,
        "reminder_id": event.reminder_id,
        "title": event.title,
        "due_at": event.due_at,
        "remind_at": event.remind_at,
    });
    let update = Event::Update(TaskUpdateEvent {
        event_type: TaskUpdateEventType::Reminder,
        task_id: event.task_id,
        user_id: event.user_id.clone(),
        action: TaskUpdateAction::Reminder,
        changes: JsonObject {
            text: changes.to_string(),
        },
        source_client: None,
        timestamp: Timestamp::from_datetime(now),
    });
    let subject = Some(format!("notifications/{id}"));
    let traceparent = traceparent.map(str::to_owned);
    let id = uuid_v4(entropy).to_string();
    duebell_publisher::new_event(&update, id, subject, now, traceparent)
        .map_err(|error| error.to_string())
}
