//! `/api/health`

use super::{problems, responses::json_body};
use crate::schemas::reference;
use duebell_service::problem::Kind;
use serde_json::{Map, Value, json};

pub(super) fn path() -> Value {
    let answer = |description: &str, parts: [&str; 4]| {
        let [status, database, sidecar, outbox] = parts;
        let example =
            json!({ "status": status, "database": database, "sidecar": sidecar, "outbox": outbox });
        json_body(description, &reference("Health"), &example, &[])
    };
    let mut responses = Map::from_iter([
        (
            "200".to_owned(),
            answer("Tasks can be read and written.", ["ok", "ok", "ok", "ok"]),
        ),
        (
            "503".to_owned(),
            answer(
                "Tasks cannot be read and written.",
                ["degraded", "degraded", "ok", "degraded"],
            ),
        ),
    ]);
    problems::add(&mut responses, &[Kind::Internal]);
    json!({
        "get": {
            "operationId": "getHealth",
            "tags": ["about"],
            "summary": "What is degraded",
            "security": [],
            "responses": responses,
        },
    })
}
