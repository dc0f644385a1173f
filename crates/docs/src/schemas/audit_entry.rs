//! An entry of a chain, as audit-sink seals and shows it.

use super::hash;
use duebell_events::{AuditEventType, ReminderEventType, TaskEventType, Topic};
use serde_json::{Value, json};

/// The topics that are audited.
const TOPICS: [Topic; 3] = [Topic::TaskEvents, Topic::ReminderEvents, Topic::AuditEvents];

/// The types of their events.
pub(crate) fn event_types() -> Vec<&'static str> {
    let tasks = TaskEventType::ALL.iter().map(|name| name.as_str());
    let reminders = ReminderEventType::ALL.iter().map(|name| name.as_str());
    let audit = AuditEventType::ALL.iter().map(|name| name.as_str());
    tasks.chain(reminders).chain(audit).collect()
}

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "An entry of a user's chain. `hash` covers every member but `event`, `salt` and `hash`; see docs/audit.md. Members may be added, and are covered as well.",
        "required": [
            "number", "topic", "event_type", "event_id", "source", "sequence", "traceparent",
            "recorded_at", "commitment", "previous_hash", "event", "salt", "hash",
        ],
        "properties": {
            "number": { "type": "integer", "format": "int64", "minimum": 1, "description": "Its place in the chain, without gaps." },
            "topic": { "type": "string", "enum": TOPICS.map(Topic::as_str), "description": "The topic that it came from." },
            "event_type": { "type": "string", "enum": event_types(), "description": "What happened." },
            "event_id": { "type": "string", "maxLength": 1024, "description": "The CloudEvents id." },
            "source": { "type": "string", "maxLength": 1024, "description": "The CloudEvents source." },
            "sequence": { "type": ["integer", "null"], "format": "int64", "minimum": 0, "description": "Its number at the publisher, for topic and user, if the publisher counts." },
            "traceparent": { "type": ["string", "null"], "description": "The trace (W3C Trace Context) in which it happened." },
            "recorded_at": { "type": "string", "format": "date-time", "description": "When it was written here." },
            "commitment": hash("SHA-256 of the salt's bytes and the event's canonical form (RFC 8785)."),
            "previous_hash": hash("The hash of the entry before; 64 zeros in the first."),
            "event": { "type": ["object", "null"], "description": "The event as it came, with nothing filled in; null once it was erased." },
            "salt": { "type": ["string", "null"], "pattern": "^[0-9a-f]{32}$", "description": "16 random bytes in hex; null once the event was erased." },
            "hash": hash("SHA-256 of the canonical form of the entry without `event`, `salt` and `hash`."),
        },
    })
}
