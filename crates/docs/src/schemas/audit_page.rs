//! The answer of `GET /api/audit`: `AuditPage` in audit-sink.

use super::{next_cursor, reference};
use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "A page of a user's chain, oldest entries first.",
        "required": ["items", "next_cursor", "head"],
        "properties": {
            "items": { "type": "array", "maxItems": 200, "items": reference("AuditEntry") },
            "next_cursor": next_cursor(),
            "head": reference("AuditHead"),
        },
    })
}
