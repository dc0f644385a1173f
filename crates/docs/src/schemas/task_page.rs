//! The answer of `GET /api/tasks`: `TaskPage` in task-api.

use super::{next_cursor, reference};
use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "A page of tasks.",
        "required": ["items", "next_cursor"],
        "properties": {
            "items": { "type": "array", "maxItems": 200, "items": reference("Task") },
            "next_cursor": next_cursor(),
        },
    })
}
