//! The operations: which component publishes and takes what.

use super::messages::Message;
use duebell_events::Topic;
use serde_json::{Map, Value, json};

pub(super) fn all(messages: &[Message]) -> Map<String, Value> {
    let task_api =
        |topic, own: &dyn Fn(&Message) -> bool| operation("task-api", "send", topic, messages, own);
    let audit_sink = |topic| operation("audit-sink", "receive", topic, messages, &|_| true);
    Map::from_iter([
        task_api(Topic::TaskEvents, &|_| true),
        task_api(Topic::TaskUpdates, &|message| message.name == "task.sync"),
        audit_sink(Topic::TaskEvents),
        audit_sink(Topic::ReminderEvents),
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
