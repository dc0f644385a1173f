//! The channels: one for each topic.

use super::messages::Message;
use duebell_events::Topic;
use serde_json::{Map, Value, json};

pub(super) fn all(messages: &[Message]) -> anyhow::Result<Map<String, Value>> {
    Topic::ALL
        .iter()
        .map(|topic| {
            let name = topic.as_str();
            let own: Map<String, Value> = messages
                .iter()
                .filter(|message| message.topic == *topic)
                .map(|message| {
                    let reference = format!("#/components/messages/{}", message.name);
                    (message.name.to_owned(), json!({ "$ref": reference }))
                })
                .collect();
            anyhow::ensure!(!own.is_empty(), "{name} has no messages");
            let channel = json!({
                "address": name,
                "title": name,
                "description": description(*topic),
                "servers": [{ "$ref": "#/servers/kafka" }],
                "messages": own,
                "bindings": { "kafka": { "topic": name, "bindingVersion": "0.5.0" } },
            });
            Ok((name.to_owned(), channel))
        })
        .collect()
}

fn description(topic: Topic) -> &'static str {
    match topic {
        Topic::TaskEvents => "What happened to tasks, for services.",
        Topic::ReminderEvents => "What happened to reminders, for services.",
        Topic::AuditEvents => {
            "What operators did, and Duebell by itself, for the audit; and the checkpoints over it."
        }
        Topic::TaskUpdates => "What open clients have to show.",
    }
}
