//! A dead letter, one with its event, and a replay: `Letter`, `WholeDeadLetter` and
//! `Replay` in dead-letters.

use super::reference;
use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    let time = |description: &str| json!({ "type": "string", "format": "date-time", "description": description });
    let text =
        |description: &str| json!({ "type": ["string", "null"], "description": description });
    json!({
        "type": "object",
        "description": "An event that a subscriber gave up.",
        "required": [
            "id", "subscriber", "topic", "event_type", "event_id", "user_id", "status", "reason",
            "attempts", "passing", "replays", "next_replay_at", "arrived_at", "changed_at",
        ],
        "properties": {
            "id": {
                "type": "integer", "format": "int64", "minimum": 1,
                "maximum": 9_007_199_254_740_991_i64, "description": "Its id.",
            },
            "subscriber": { "type": "string", "description": "The component that gave it up." },
            "topic": text("The topic that it was published to; null if that cannot be told."),
            "event_type": text("What it says happened; null if it cannot be read."),
            "event_id": text("Its CloudEvents id; null if it has none."),
            "user_id": text("Whose it is; null if it cannot be read."),
            "status": {
                "type": "string",
                "enum": ["open", "settled", "discarded"],
                "description": "`open`: it has not taken effect. `settled`: it took effect after all. `discarded`: an operator gave it up.",
            },
            "reason": text("Why the last attempt failed; null until the subscriber was asked."),
            "attempts": {
                "type": ["integer", "null"], "format": "int64", "minimum": 0,
                "description": "How often the subscriber attempted it before it gave up; null until the subscriber was asked.",
            },
            "passing": { "type": "boolean", "description": "Whether it is replayed by itself, since the reason may pass." },
            "replays": { "type": "integer", "format": "int64", "minimum": 0, "description": "How many replays the subscriber has answered." },
            "next_replay_at": {
                "type": ["string", "null"], "format": "date-time",
                "description": "When it is replayed by itself, at the earliest; null if it waits for an operator.",
            },
            "arrived_at": time("When it came."),
            "changed_at": time("When something last happened to it."),
        },
    })
}

/// The same with its event.
pub(super) fn whole() -> Value {
    let mut schema = schema();
    let event = json!({
        "type": ["object", "array", "string", "number", "boolean", "null"],
        "description": "The event in its envelope, as it came; null if it is no JSON.",
    });
    let event_base64 = json!({
        "type": "string", "contentEncoding": "base64",
        "description": "What came, in base64; only if it is no JSON.",
    });
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("event".to_owned(), event);
        properties.insert("event_base64".to_owned(), event_base64);
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.push(json!("event"));
    }
    schema
}

pub(super) fn replay() -> Value {
    json!({
        "type": "object",
        "description": "What a replay came to.",
        "required": ["outcome", "reason", "dead_letter"],
        "properties": {
            "outcome": {
                "type": "string",
                "enum": ["done", "already_done", "retry", "drop"],
                "description": "`done`: it took effect. `already_done`: it had before. `retry`: it failed for a reason that may pass. `drop`: it was refused.",
            },
            "reason": { "type": ["string", "null"], "description": "Why it did not take effect; null if it did." },
            "dead_letter": reference("DeadLetter"),
        },
    })
}
