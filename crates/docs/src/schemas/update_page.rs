//! What changed since a position: `Page` in update-streams.

use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "What changed since a position.",
        "required": ["items", "position", "more"],
        "properties": {
            "items": { "type": "array", "maxItems": 200, "items": item() },
            "position": {
                "type": "integer", "format": "int64", "minimum": 0,
                "description": "What to send as `since` next.",
            },
            "more": { "type": "boolean", "description": "Whether there is more already." },
        },
    })
}

fn item() -> Value {
    json!({
        "type": "object",
        "required": ["id", "data"],
        "properties": {
            "id": {
                "type": "integer", "format": "int64", "minimum": 1,
                "description": "Its number: one more than that of the one before it.",
            },
            "data": {
                "type": "object",
                "description": "The event: `task.sync` or `task.reminder`, as in asyncapi.json.",
            },
        },
    })
}
