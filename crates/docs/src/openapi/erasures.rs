//! `/api/erasures` and what is below it

use super::responses::{all, json_body};
use crate::{examples, schemas::reference};
use duebell_service::problem::Kind;
use serde_json::{Value, json};

pub(super) fn path() -> anyhow::Result<Value> {
    let example = examples::erasure();
    let mut complete = example.clone();
    if let Some(members) = complete.as_object_mut() {
        members.insert("completed_at".to_owned(), json!("2026-01-14T10:30:02.000Z"));
        members.insert("components".to_owned(), json!([]));
    }
    let mut responses = all(
        "202",
        json_body(
            "It is under way.",
            &reference("Erasure"),
            &example,
            &["Location"],
        ),
        &[
            Kind::MalformedJson,
            Kind::Forbidden,
            Kind::BodyTooLarge,
            Kind::UnsupportedMediaType,
            Kind::ValidationFailed,
        ],
    );
    if let Some(responses) = responses.as_object_mut() {
        responses.insert(
            "200".to_owned(),
            json_body(
                "It was completed before.",
                &reference("Erasure"),
                &complete,
                &["Location"],
            ),
        );
    }
    Ok(json!({
        "post": {
            "operationId": "eraseUser",
            "tags": ["erasures"],
            "summary": "Erase a user everywhere",
            "description": "For operators; the audit hears of it. It cannot be taken back: the user stays erased. Repeating it is safe and answers the same erasure. Nobody has to know whether there is such a user.",
            "requestBody": {
                "required": true,
                "content": {
                    "application/json": {
                        "schema": reference("NewErasure"),
                        "example": { "user_id": "user-456" },
                    },
                },
            },
            "responses": responses,
        },
    }))
}

pub(super) fn one() -> anyhow::Result<Value> {
    let example = examples::erasure();
    let id = json!({
        "name": "id", "in": "path", "required": true, "description": "The erasure's id.",
        "schema": { "type": "string", "format": "uuid" }, "example": example.get("id"),
    });
    Ok(json!({
        "parameters": [id],
        "get": {
            "operationId": "getErasure",
            "tags": ["erasures"],
            "summary": "How far an erasure has come",
            "description": "For operators. It is complete when `completed_at` is set: then nothing of the user is left in any component.",
            "responses": all(
                "200",
                json_body("The erasure.", &reference("Erasure"), &example, &[]),
                &[Kind::Forbidden, Kind::NotFound],
            ),
        },
    }))
}
