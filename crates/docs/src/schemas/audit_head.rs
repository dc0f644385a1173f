//! The end of a chain: `Head` in audit-sink.

use super::hash;
use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "The end of the whole chain, whatever the filters. Note it, and see later that nothing before it was changed or cut off.",
        "required": ["number", "hash", "chain_id"],
        "properties": {
            "number": { "type": "integer", "format": "int64", "minimum": 0, "description": "The number of the last entry; 0 if there is none." },
            "hash": hash("The hash of the last entry; 64 zeros if there is none."),
            "chain_id": chain_id(&json!(["string", "null"]), "The chain: random, and the same for ever; null if there is no entry."),
        },
    })
}

/// The id of a chain.
pub(super) fn chain_id(ty: &Value, description: &str) -> Value {
    json!({ "type": ty, "pattern": "^[0-9a-f]{32}$", "description": description })
}
