//! Pages that hold nothing but items: `TaskPage` and `ReminderPage` in task-api,
//! `SearchPage` in search-indexer.

use super::{next_cursor, reference};
use serde_json::{Value, json};

pub(super) fn schema(description: &str, item: &str) -> Value {
    json!({
        "type": "object",
        "description": description,
        "required": ["items", "next_cursor"],
        "properties": {
            "items": { "type": "array", "maxItems": 200, "items": reference(item) },
            "next_cursor": next_cursor(),
        },
    })
}
