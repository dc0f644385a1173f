//! A task that was found: `Hit` in search-indexer.

use super::reference;
use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "A task that was found.",
        "required": ["id", "title", "completed", "priority", "tags", "due_date", "highlights"],
        "properties": {
            "id": {
                "type": "integer", "format": "int64", "minimum": 1,
                "maximum": 9_007_199_254_740_991_i64, "description": "The task's id.",
            },
            "title": { "type": "string", "description": "What is to be done." },
            "completed": { "type": "boolean", "description": "Whether it is done." },
            "priority": reference("Priority"),
            "tags": {
                "type": "array", "items": { "type": "string" },
                "description": "The user's own labels.",
            },
            "due_date": {
                "type": ["string", "null"], "format": "date-time",
                "description": "When it is to be done by.",
            },
            "highlights": highlights(),
        },
    })
}

fn highlights() -> Value {
    json!({
        "type": "object",
        "description": "Where it was found, as HTML: the task's own text is escaped, and what was found is in `<mark>`.",
        "required": ["title", "description", "tags"],
        "properties": {
            "title": { "type": "string", "description": "The whole title." },
            "description": {
                "type": ["string", "null"],
                "description": "The part of the description where it was found; null if it was not found there.",
            },
            "tags": {
                "type": "array", "items": { "type": "string" }, "description": "Each tag.",
            },
        },
    })
}
