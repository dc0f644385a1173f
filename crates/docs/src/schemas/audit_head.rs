//! The end of a chain: `Head` in audit-sink.

use super::hash;
use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "The end of the whole chain, whatever the filters. Note it, and see later that nothing before it was changed or cut off.",
        "required": ["number", "hash"],
        "properties": {
            "number": { "type": "integer", "format": "int64", "minimum": 0, "description": "The number of the last entry; 0 if there is none." },
            "hash": hash("The hash of the last entry; 64 zeros if there is none."),
        },
    })
}
