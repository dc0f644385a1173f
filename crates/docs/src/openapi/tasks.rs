//! `/api/tasks`

use super::{
    parameters::{query, reference as parameter, time},
    responses::{all, json_body},
};
use crate::{examples, schemas::reference};
use duebell_service::problem::Kind;
use serde_json::{Value, json};

pub(super) fn path() -> anyhow::Result<Value> {
    Ok(json!({ "get": list()?, "post": create()? }))
}

fn list() -> anyhow::Result<Value> {
    let example = json!({ "items": [examples::open()?], "next_cursor": null });
    Ok(json!({
        "operationId": "listTasks",
        "tags": ["tasks"],
        "summary": "The user's tasks, in pages",
        "description": "Filters hold together. A parameter that is unknown or comes twice is refused.",
        "parameters": [
            query("completed", "Only completed tasks, or only open ones.", json!({ "type": "boolean" })),
            query("priority", "Only tasks of this priority.", reference("Priority")),
            query("tag", "Only tasks with this tag.", json!({ "type": "string" })),
            time("due_before", "Only tasks that are due before this time."),
            time("due_after", "Only tasks that are due after this time."),
            query(
                "sort",
                "The order; with a `-` in front the greatest come first. Tasks without a due date come after all others, those of low priority before.",
                json!({
                    "type": "string",
                    "enum": [
                        "created_at", "-created_at", "updated_at", "-updated_at",
                        "due_date", "-due_date", "priority", "-priority",
                    ],
                    "default": "created_at",
                }),
            ),
            parameter("limit"),
            parameter("cursor"),
        ],
        "responses": all(
            "200",
            json_body("A page of tasks.", &reference("TaskPage"), &example, &[]),
            &[Kind::InvalidRequest],
        ),
    }))
}

fn create() -> anyhow::Result<Value> {
    Ok(json!({
        "operationId": "createTask",
        "tags": ["tasks"],
        "summary": "Make a task",
        "description": "The task is stored together with its `task.created` and `task.sync`; the answer does not wait for the broker.",
        "parameters": [parameter("Idempotency-Key"), parameter("X-Client-Id")],
        "requestBody": {
            "required": true,
            "content": {
                "application/json": { "schema": reference("NewTask"), "example": examples::new_task() },
            },
        },
        "responses": all(
            "201",
            json_body("The task as it is stored.", &reference("Task"), &examples::open()?, &["Location", "ETag"]),
            &[
                Kind::MalformedJson,
                Kind::InvalidRequest,
                Kind::IdempotencyConflict,
                Kind::BodyTooLarge,
                Kind::UnsupportedMediaType,
                Kind::ValidationFailed,
                Kind::IdempotencyMismatch,
            ],
        ),
    }))
}
