//! `/api/audit`

use super::{
    parameters::{query, reference as parameter, time},
    responses::{all, json_body},
};
use crate::{
    examples,
    schemas::{audit_entry::event_types, reference},
};
use duebell_service::problem::Kind;
use serde_json::{Value, json};

pub(super) fn path() -> anyhow::Result<Value> {
    let entry = examples::audit_entry()?;
    let example = json!({
        "items": [entry],
        "next_cursor": null,
        "head": { "number": 1, "hash": entry.get("hash") },
    });
    Ok(json!({
        "get": {
            "operationId": "listAudit",
            "tags": ["audit"],
            "summary": "What happened, in pages, oldest first",
            "description": "All pages without a filter, one after the other, are an export that anyone can verify: see docs/audit.md. A parameter that is unknown or comes twice is refused.",
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
