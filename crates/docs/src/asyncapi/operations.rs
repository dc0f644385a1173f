//! The operations: which component publishes and takes what.

use super::messages::Message;
use duebell_events::Topic;
use serde_json::{Map, Value, json};

pub(super) fn all(messages: &[Message]) -> Map<String, Value> {
    let sends = |component, topic, own: &dyn Fn(&str) -> bool| {
        let own = |message: &Message| own(message.name);
        operation(component, "send", topic, messages, &own)
    };
    let takes = |component, topic| operation(component, "receive", topic, messages, &|_| true);
    Map::from_iter([
        sends("task-api", Topic::TaskEvents, &|_| true),
        sends("task-api", Topic::TaskUpdates, &|name| name == "task.sync"),
        sends("task-api", Topic::ReminderEvents, &|name| {
            name != "reminder.due"
        }),
        sends("reminder-trigger", Topic::ReminderEvents, &|name| {
            name == "reminder.due"
        }),
        sends("notifier", Topic::TaskUpdates, &|name| {
            name == "task.reminder"
        }),
        sends("dead-letters", Topic::AuditEvents, &|name| {
            name.starts_with("dead_letter.")
        }),
        sends("audit-sink", Topic::AuditEvents, &|name| {
            name == "audit.checkpoint"
        }),
        sends("task-api", Topic::AuditEvents, &|name| {
            name.starts_with("user.")
        }),
        takes("audit-sink", Topic::TaskEvents),
        takes("audit-sink", Topic::ReminderEvents),
        takes("audit-sink", Topic::AuditEvents),
        takes("reminder-trigger", Topic::ReminderEvents),
        takes("notifier", Topic::ReminderEvents),
        takes("notifier", Topic::TaskEvents),
        takes("recurrence", Topic::TaskEvents),
        takes("search-indexer", Topic::TaskEvents),
        takes("live-updates", Topic::TaskUpdates),
    ])
}

fn operation(
    component: &str,
    action: &str,
    topic: Topic,
    messages: &[Message],
    own: &dyn Fn(&Message) -> bool,
) -> (String, Value) {
    let references: Vec<Value> = messages
        .iter()
        .filter(|message| message.topic == topic && own(message))
        .map(|message| json!({ "$ref": format!("#/channels/{topic}/messages/{}", message.name) }))
        .collect();
    let mut operation = json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{topic}") },
        "title": component,
        "tags": [{ "name": component }],
        "messages": references,
    });
    if let Some(operation) = operation.as_object_mut() {
        if action == "send" {
            operation.insert(
                "summary".to_owned(),
                json!("From the outbox, in commit order for each user, through the pubsub component pubsub-kafka."),
            );
        } else {
            operation.insert(
                "summary".to_owned(),
                json!(format!(
                    "At /events/{component}/{topic}. What fails three times, or is malformed, goes to {component}-dlq."
                )),
            );
            operation.insert(
                "bindings".to_owned(),
                json!({ "kafka": { "groupId": { "type": "string", "enum": [component] }, "bindingVersion": "0.5.0" } }),
            );
        }
    }
    (format!("{component}.{action}.{topic}"), operation)
}
