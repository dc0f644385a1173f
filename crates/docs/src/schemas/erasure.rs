//! An erasure: `View` and `Asked` in task-api.

use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "That a user is erased everywhere, and how far it has come. It does not say who.",
        "required": [
            "id", "requested_by", "requested_at", "completed_at", "audit_user_id", "components",
        ],
        "properties": {
            "id": { "type": "string", "format": "uuid", "description": "Its id." },
            "requested_by": { "type": "string", "description": "The operator." },
            "requested_at": { "type": "string", "format": "date-time", "description": "Since when the user is refused." },
            "completed_at": {
                "type": ["string", "null"], "format": "date-time",
                "description": "When nothing was left; null as long as something may be.",
            },
            "audit_user_id": { "type": "string", "description": "Whose the user's audit is from then on: ask for it as `user_id`." },
            "components": {
                "type": "array",
                "description": "How far each component has come, by their names.",
                "items": {
                    "type": "object",
                    "required": ["component", "done_at", "waiting_for"],
                    "properties": {
                        "component": { "type": "string", "description": "Which one." },
                        "done_at": {
                            "type": ["string", "null"], "format": "date-time",
                            "description": "When nothing was left there; null as long as something may be.",
                        },
                        "waiting_for": {
                            "type": ["string", "null"],
                            "description": "What it waits for, or why it gave no answer; null if it was not asked yet, or waits for nothing.",
                        },
                    },
                },
            },
        },
    })
}

pub(super) fn new() -> Value {
    json!({
        "type": "object",
        "description": "Who is to be erased.",
        "required": ["user_id"],
        "additionalProperties": false,
        "properties": {
            "user_id": {
                "type": "string", "minLength": 1, "maxLength": 256,
                "description": "The user: the `sub` of their tokens.",
            },
        },
    })
}
