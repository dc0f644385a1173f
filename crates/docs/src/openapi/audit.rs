//! `/api/audit` and what is below it.

use super::{
    parameters::{query, reference as parameter, time},
    problems,
    responses::{all, json_body},
};
use crate::{
    evidence, examples,
    schemas::{audit_entry::event_types, reference},
};
use duebell_service::problem::Kind;
use serde_json::{Map, Value, json};

pub(super) fn path() -> anyhow::Result<Value> {
    let entry = examples::audit_entry()?;
    let example = json!({
        "items": [entry],
        "next_cursor": null,
        "head": evidence::head()?,
    });
    Ok(json!({
        "get": {
            "operationId": "listAudit",
            "tags": ["audit"],
            "summary": "What happened, in pages, oldest first",
            "description": "A parameter that is unknown or comes twice is refused.",
            "parameters": [
                query("task_id", "Only about this task.", json!({ "type": "integer", "format": "int64" })),
                query("event_type", "Only of this type.", json!({ "type": "string", "enum": event_types() })),
                time("since", "Only recorded at or after this time."),
                time("until", "Only recorded before this time."),
                query("user_id", "Whose audit; another's is for operators alone.", json!({ "type": "string" })),
                parameter("limit"),
                parameter("cursor"),
            ],
            "responses": all(
                "200",
                json_body("A page of the chain.", &reference("AuditPage"), &example, &[]),
                &[Kind::InvalidRequest, Kind::Forbidden],
            ),
        },
    }))
}

pub(super) fn export() -> anyhow::Result<Value> {
    let good = json!({
        "description": "The whole chain: a line for each entry, one for where it ends, and one for the latest checkpoint with the proof that it covers the chain. One that lacks its last two lines broke off.",
        "content": {
            "application/x-ndjson": { "schema": reference("AuditLine"), "example": evidence::export()? },
        },
    });
    Ok(json!({
        "get": {
            "operationId": "exportAudit",
            "tags": ["audit"],
            "summary": "All that happened, as anyone can verify it",
            "description": "See docs/audit.md. What is written meanwhile is the next export's.",
            "parameters": [
                query("user_id", "Whose audit; another's is for operators alone.", json!({ "type": "string" })),
            ],
            "responses": all("200", good, &[Kind::InvalidRequest, Kind::Forbidden]),
        },
    }))
}

pub(super) fn checkpoints() -> anyhow::Result<Value> {
    let example = json!({ "items": [evidence::checkpoint()?], "next_cursor": null });
    Ok(json!({
        "get": {
            "operationId": "listCheckpoints",
            "tags": ["audit"],
            "summary": "The checkpoints over all chains, in pages, the latest first",
            "description": "The same for every user. Note them, and hold the service to them later.",
            "parameters": [parameter("limit"), parameter("cursor")],
            "responses": all(
                "200",
                json_body("A page of checkpoints.", &reference("CheckpointPage"), &example, &[]),
                &[Kind::InvalidRequest],
            ),
        },
    }))
}

pub(super) fn keys() -> anyhow::Result<Value> {
    let schema = json!({
        "type": "object",
        "required": ["keys"],
        "properties": { "keys": { "type": "array", "items": { "type": "object" } } },
    });
    let good = json_body(
        "A JWKS (RFC 7517, section 5) of Ed25519 keys (RFC 8037).",
        &schema,
        &evidence::keys()?,
        &[],
    );
    let mut responses = Map::from_iter([("200".to_owned(), good)]);
    problems::add(&mut responses, &[Kind::Busy, Kind::Internal]);
    Ok(json!({
        "get": {
            "operationId": "listCheckpointKeys",
            "tags": ["audit"],
            "summary": "What checkpoints are signed with, now and ever",
            "description": "Whoever verifies must have got the key elsewhere: a service that lies would show another.",
            "security": [],
            "responses": responses,
        },
    }))
}
