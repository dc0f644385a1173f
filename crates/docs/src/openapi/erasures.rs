//! `/api/erasures` and what is below it

use super::responses::{all, json_body};
use crate::{examples, schemas::reference};
use duebell_service::problem::Kind;
use serde_json::{Value, json};

pub(super) fn path() -> anyhow::Result<Value> {
    let example = examples::erasure();
    let responses = all(
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
    Ok(json!({
        "post": {
            "operationId": "eraseUser",
            "tags": ["erasures"],
            "summary": "Erase a user everywhere",
            "description": "For operators; the audit hears of it. It cannot be taken back: the user stays erased. Repeating it is safe: the answer is the same erasure until it is complete, then a new one that goes through all components again, should a database have been restored. Nobody has to know whether there is such a user.",
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
