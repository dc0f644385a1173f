//! The messages: one for each type of event.

use crate::{
    examples::{audit_message, reminder_message, task_message, update_message},
    schemas::reference,
};
use duebell_events::{
    AuditEventType, ReminderEventType, TaskEventType, TaskUpdateEventType, Topic,
};
use serde_json::{Map, Value, json};

/// A message, and where it belongs.
pub(super) struct Message {
    /// Its channel.
    pub(super) topic: Topic,
    /// Its type, which is its name as well: `task.created`.
    pub(super) name: &'static str,
    /// The document's Message Object.
    object: Value,
}

/// Every message, in the contract's order.
pub(super) fn all() -> anyhow::Result<Vec<Message>> {
    let mut messages = Vec::new();
    for event_type in TaskEventType::ALL.iter().copied() {
        let summary = match event_type {
            TaskEventType::Created => "A task was made.",
            TaskEventType::Updated => "A task was changed, or reopened.",
            TaskEventType::Completed => "A task was completed.",
            TaskEventType::Deleted => "A task was deleted; the data is the task as it was last.",
        };
        let example = task_message(event_type)?;
        messages.push(message(
            Topic::TaskEvents,
            event_type.as_str(),
            "TaskEvent",
            summary,
            &example,
        ));
    }
    for event_type in ReminderEventType::ALL.iter().copied() {
        let summary = match event_type {
            ReminderEventType::Scheduled => "A reminder was made.",
            ReminderEventType::Due => "The time of a reminder has come.",
            ReminderEventType::Cancelled => "A reminder will not ring any more.",
        };
        let example = reminder_message(event_type)?;
        messages.push(message(
            Topic::ReminderEvents,
            event_type.as_str(),
            "ReminderEvent",
            summary,
            &example,
        ));
    }
    for event_type in TaskUpdateEventType::ALL.iter().copied() {
        let summary = match event_type {
            TaskUpdateEventType::Sync => "A task changed; whoever shows it has to show this.",
            TaskUpdateEventType::Reminder => "A reminder rings; whoever is open has to show it.",
        };
        let example = update_message(event_type)?;
        messages.push(message(
            Topic::TaskUpdates,
            event_type.as_str(),
            "TaskUpdateEvent",
            summary,
            &example,
        ));
    }
    for event_type in AuditEventType::ALL.iter().copied() {
        let summary = match event_type {
            AuditEventType::DeadLetterListed => "An operator listed dead letters.",
            AuditEventType::DeadLetterShown => "An operator looked at a dead letter.",
            AuditEventType::DeadLetterReplayed => {
                "A dead letter was delivered once more, by an operator or by itself."
            }
            AuditEventType::DeadLetterDiscarded => "An operator gave a dead letter up.",
            AuditEventType::AuditCheckpoint => {
                "A checkpoint was signed over all chains; the details are the checkpoint."
            }
            AuditEventType::UserErasureRequested => "An operator has a user erased.",
            AuditEventType::UserErased => "A user was erased: nothing of them is left.",
        };
        let example = audit_message(event_type)?;
        messages.push(message(
            Topic::AuditEvents,
            event_type.as_str(),
            "AuditEvent",
            summary,
            &example,
        ));
    }
    Ok(messages)
}

/// The Message Objects by their names.
pub(super) fn by_name(messages: &[Message]) -> Map<String, Value> {
    messages
        .iter()
        .map(|message| (message.name.to_owned(), message.object.clone()))
        .collect()
}

fn message(
    topic: Topic,
    name: &'static str,
    schema: &str,
    summary: &str,
    example: &Value,
) -> Message {
    // The envelope's `type` is not a constant: a sidecar that wraps a bare event
    // writes one of its own.
    let payload = json!({
        "allOf": [
            reference("CloudEvent"),
            {
                "type": "object",
                "properties": {
                    "data": {
                        "allOf": [
                            reference(schema),
                            {
                                "type": "object",
                                "required": ["event_type"],
                                "properties": { "event_type": { "type": "string", "const": name } },
                            },
                        ],
                    },
                },
            },
        ],
    });
    let object = json!({
        "name": name,
        "title": name,
        "summary": summary,
        "contentType": "application/cloudevents+json",
        "payload": payload,
        "bindings": {
            "kafka": {
                "key": { "type": "string", "minLength": 1, "maxLength": 256, "description": "The event's user_id." },
                "bindingVersion": "0.5.0",
            },
        },
        "examples": [{ "name": name, "payload": example }],
    });
    Message {
        topic,
        name,
        object,
    }
}
