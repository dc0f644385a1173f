//! The answer of `GET /api/health`: `Health` in task-api.

use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    let status = |description: &str| json!({ "type": "string", "enum": ["ok", "degraded"], "description": description });
    json!({
        "type": "object",
        "description": "The health of what tasks need.",
        "required": ["status", "database", "sidecar", "outbox"],
        "properties": {
            "status": status("`degraded` if any part is."),
            "database": status("Tasks can be read and written. If not, the status is 503."),
            "sidecar": status("The sidecar takes events. If not, changes are kept and published later."),
            "outbox": status("No event has waited for thirty seconds."),
        },
    })
}
