//! The answer of `GET /api/health`: `Health` in task-api.

use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    let status = |description: &str| json!({ "type": "string", "enum": ["ok", "degraded"], "description": description });
    json!({
        "type": "object",
        "description": "How the service is.",
        "required": ["status", "parts"],
        "properties": {
            "status": status("`degraded` if any part is."),
            "parts": {
                "type": "array",
                "description": "`database`: tasks can be read and written; if not, the status is 503. `sidecar`: it answers; if not, changes are kept and published later. `outbox`: no event has waited for five seconds. And each component that has said how it is in the last day.",
                "items": {
                    "type": "object",
                    "required": ["name", "status"],
                    "properties": {
                        "name": { "type": "string", "description": "`database`, `sidecar`, `outbox`, or a component's id." },
                        "status": status("Whether anything is wrong with it."),
                        "since": { "type": "string", "format": "date-time", "description": "Since when it is degraded, if that is known." },
                        "detail": { "type": "string", "description": "What is wrong, and what whoever operates the service can do." },
                    },
                },
            },
        },
    })
}
