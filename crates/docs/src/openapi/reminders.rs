//! `/api/tasks/{id}/reminders` and `/api/reminders/{id}`

use super::{
    parameters::{id, reference as parameter},
    responses::{all, json_body},
};
use crate::{examples, schemas::reference};
use duebell_service::problem::Kind;
use serde_json::{Value, json};

pub(super) fn of_a_task() -> anyhow::Result<Value> {
    Ok(json!({ "parameters": [parameter("id")], "get": list()?, "post": add()? }))
}

pub(super) fn one() -> anyhow::Result<Value> {
    let id = id("The reminder's id.", examples::reminder()?.get("id"));
    Ok(json!({ "parameters": [id], "get": show()?, "delete": remove() }))
}

fn list() -> anyhow::Result<Value> {
    let example = json!({ "items": [examples::reminder()?], "next_cursor": null });
    Ok(json!({
        "operationId": "listReminders",
        "tags": ["reminders"],
        "summary": "A task's reminders, in pages",
        "description": "Those first that ring first; those that rang are among them, those that are cancelled are not.",
        "parameters": [parameter("limit"), parameter("cursor")],
        "responses": all(
            "200",
            json_body("A page of reminders.", &reference("ReminderPage"), &example, &[]),
            &[Kind::InvalidRequest, Kind::NotFound],
        ),
    }))
}

fn add() -> anyhow::Result<Value> {
    Ok(json!({
        "operationId": "addReminder",
        "tags": ["reminders"],
        "summary": "Let a task ring",
        "description": "At a time, or before the due date, which the reminder then follows. It is a change of the task: its version goes up by one. A task has up to twenty reminders, those that rang among them.",
        "parameters": [parameter("If-Match"), parameter("Idempotency-Key"), parameter("X-Client-Id")],
        "requestBody": {
            "required": true,
            "content": {
                "application/json": { "schema": reference("NewReminder"), "example": examples::new_reminder() },
            },
        },
        "responses": all(
            "201",
            json_body("The reminder.", &reference("Reminder"), &examples::reminder()?, &["Location"]),
            &[
                Kind::MalformedJson,
                Kind::InvalidRequest,
                Kind::NotFound,
                Kind::IdempotencyConflict,
                Kind::PreconditionFailed,
                Kind::BodyTooLarge,
                Kind::UnsupportedMediaType,
                Kind::ValidationFailed,
                Kind::IdempotencyMismatch,
            ],
        ),
    }))
}

fn show() -> anyhow::Result<Value> {
    Ok(json!({
        "operationId": "getReminder",
        "tags": ["reminders"],
        "summary": "A reminder",
        "responses": all(
            "200",
            json_body("The reminder.", &reference("Reminder"), &examples::reminder()?, &[]),
            &[Kind::NotFound],
        ),
    }))
}

fn remove() -> Value {
    json!({
        "operationId": "removeReminder",
        "tags": ["reminders"],
        "summary": "Cancel a reminder, or remove one that rang",
        "description": "It is a change of the task: its version goes up by one. `If-Match` is about the task.",
        "parameters": [parameter("If-Match"), parameter("X-Client-Id")],
        "responses": all(
            "204",
            json!({ "description": "It is gone." }),
            &[Kind::InvalidRequest, Kind::NotFound, Kind::PreconditionFailed],
        ),
    })
}
