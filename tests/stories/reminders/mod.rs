//! Reminders: from a user's wish to a notification.

mod bad_input;
mod changes;
mod ringing;

use crate::{
    audit::whole_audit,
    harness::{Client, eventually},
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use duebell_service::{Clock, SystemClock};
use serde_json::{Value, json};

/// The time so far from now.
pub(crate) fn from_now(step: TimeDelta) -> DateTime<Utc> {
    SystemClock.now() + step
}

/// A time as clients write it.
pub(crate) fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A new task with one reminder: the task, and when it rings.
pub(crate) async fn task_that_rings_in(user: &Client, step: TimeDelta) -> (Value, String) {
    let remind_at = text(from_now(step));
    let body = json!({ "title": "Ring", "reminders": [{ "remind_at": remind_at }] });
    let task = user.post("/api/tasks", &body).await.expect(201);
    (task.json, remind_at)
}

/// The id of a task's only reminder.
pub(crate) fn only_reminder(task: &Value) -> i64 {
    let reminders = task["reminders"].as_array().unwrap();
    assert_eq!(reminders.len(), 1, "{task}");
    reminders[0]["id"].as_i64().unwrap()
}

/// A user's notifications once there are so many.
pub(crate) async fn notifications(user: &Client, count: usize) -> Vec<Value> {
    eventually(&format!("{count} notifications"), async || {
        let page = user.get("/api/notifications?limit=200").await.expect(200);
        let items = page.json["items"].as_array().unwrap().clone();
        (items.len() >= count).then_some(items)
    })
    .await
}

/// The events of this type that a user's audit holds now.
pub(crate) async fn audited(user: &Client, event_type: &str) -> Vec<Value> {
    let items = whole_audit(user).await;
    items
        .into_iter()
        .map(|item| item["event"].clone())
        .filter(|event| event["event_type"] == event_type)
        .collect()
}

/// The same, once there are so many.
pub(crate) async fn wait_for(user: &Client, event_type: &str, count: usize) -> Vec<Value> {
    eventually(&format!("{count} {event_type} in the audit"), async || {
        let events = audited(user, event_type).await;
        (events.len() >= count).then_some(events)
    })
    .await
}

/// The name of the job of one of alice's reminders.
pub(crate) fn job_of(reminder: i64) -> String {
    // The end is a hash of "alice".
    format!("reminder-{reminder}-2bd806c97f0e00af")
}

/// What comes with it.
pub(crate) fn job_data(reminder: i64) -> Value {
    json!({ "user_id": "alice", "reminder_id": reminder })
}
