//! `/api/health`

use super::{problems, responses::json_body};
use crate::schemas::reference;
use duebell_service::problem::Kind;
use serde_json::{Map, Value, json};

pub(super) fn path() -> Value {
    let answer = |description: &str, status: &str, parts: Value| {
        let example = json!({ "status": status, "parts": parts });
        json_body(description, &reference("Health"), &example, &[])
    };
    let some = json!([
        { "name": "database", "status": "ok" },
        { "name": "sidecar", "status": "ok" },
        {
            "name": "outbox",
            "status": "degraded",
            "since": "2026-01-14T10:30:00.000Z",
            "detail": "Changes are kept, and wait to be published.",
        },
        { "name": "audit-sink", "status": "ok" },
    ]);
    let down = json!([
        { "name": "database", "status": "degraded", "detail": "Tasks cannot be read or written." },
        { "name": "sidecar", "status": "ok" },
    ]);
    let mut responses = Map::from_iter([
        (
            "200".to_owned(),
            answer("Tasks can be read and written.", "degraded", some),
        ),
        (
            "503".to_owned(),
            answer("Tasks cannot be read and written.", "degraded", down),
        ),
    ]);
    problems::add(&mut responses, &[Kind::Internal]);
    json!({
        "get": {
            "operationId": "getHealth",
            "tags": ["about"],
            "summary": "What is degraded, and since when",
            "security": [],
            "responses": responses,
        },
    })
}
