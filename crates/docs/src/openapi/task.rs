//! `/api/tasks/{id}`

use super::{
    parameters::reference as parameter,
    responses::{all, json_body},
};
use crate::{examples, schemas::reference};
use duebell_service::problem::Kind;
use serde_json::{Value, json};

pub(super) fn path() -> anyhow::Result<Value> {
    Ok(json!({
        "parameters": [parameter("id")],
        "get": show()?,
        "patch": change()?,
        "delete": delete(),
    }))
}

fn show() -> anyhow::Result<Value> {
    Ok(json!({
        "operationId": "getTask",
        "tags": ["tasks"],
        "summary": "A task",
        "responses": all(
            "200",
            json_body("The task.", &reference("Task"), &examples::open()?, &["ETag"]),
            &[Kind::NotFound],
        ),
    }))
}

fn change() -> anyhow::Result<Value> {
    let patch = json!({
        "schema": reference("TaskPatch"),
        "example": { "priority": "urgent", "description": null },
    });
    Ok(json!({
        "operationId": "changeTask",
        "tags": ["tasks"],
        "summary": "Change a task",
        "description": "A JSON Merge Patch (RFC 7396). A patch that changes nothing makes no event and leaves the version as it is. Completing is not a change of a field: POST to the task's /complete.",
        "parameters": [parameter("If-Match"), parameter("X-Client-Id")],
        "requestBody": {
            "required": true,
            "content": { "application/merge-patch+json": patch, "application/json": patch },
        },
        "responses": all(
            "200",
            json_body("The task as it is now.", &reference("Task"), &examples::open()?, &["ETag"]),
            &[
                Kind::MalformedJson,
                Kind::InvalidRequest,
                Kind::NotFound,
                Kind::PreconditionFailed,
                Kind::BodyTooLarge,
                Kind::UnsupportedMediaType,
                Kind::ValidationFailed,
            ],
        ),
    }))
}

fn delete() -> Value {
    json!({
        "operationId": "deleteTask",
        "tags": ["tasks"],
        "summary": "Delete a task",
        "description": "From then on it is answered by 404, a second DELETE too.",
        "parameters": [parameter("If-Match"), parameter("X-Client-Id")],
        "responses": all(
            "204",
            json!({ "description": "It is deleted." }),
            &[Kind::InvalidRequest, Kind::NotFound, Kind::PreconditionFailed],
        ),
    })
}
