//! `/api/tasks/{id}/complete` and `/api/tasks/{id}/reopen`

use super::{
    parameters::reference as parameter,
    responses::{all, json_body},
};
use crate::{examples, schemas::reference};
use duebell_service::problem::Kind;
use serde_json::{Value, json};

pub(super) fn complete() -> anyhow::Result<Value> {
    Ok(path(
        "completeTask",
        "Complete a task",
        "Completing one that is completed is answered by 200 as well, and makes no second event. A body is ignored.",
        &examples::completed()?,
    ))
}

pub(super) fn reopen() -> anyhow::Result<Value> {
    Ok(path(
        "reopenTask",
        "Reopen a task",
        "Its event is `task.updated`. Reopening one that is open is answered by 200 as well, and makes no event. A body is ignored.",
        &examples::reopened()?,
    ))
}

fn path(id: &str, summary: &str, description: &str, example: &Value) -> Value {
    json!({
        "parameters": [parameter("id")],
        "post": {
            "operationId": id,
            "tags": ["tasks"],
            "summary": summary,
            "description": description,
            "parameters": [parameter("If-Match"), parameter("Idempotency-Key"), parameter("X-Client-Id")],
            "responses": all(
                "200",
                json_body("The task as it is now.", &reference("Task"), example, &["ETag"]),
                &[
                    Kind::InvalidRequest,
                    Kind::NotFound,
                    Kind::IdempotencyConflict,
                    Kind::PreconditionFailed,
                    Kind::BodyTooLarge,
                    Kind::IdempotencyMismatch,
                ],
            ),
        },
    })
}
