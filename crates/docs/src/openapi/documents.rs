//! `/openapi.json` and `/asyncapi.json`

use super::{problems, responses::header};
use duebell_service::problem::Kind;
use serde_json::{Map, Value, json};

pub(super) fn openapi() -> Value {
    path("getOpenApi", "This document", "An OpenAPI 3.1 document.")
}

pub(super) fn asyncapi() -> Value {
    path("getAsyncApi", "The events", "An AsyncAPI 3.0 document.")
}

fn path(id: &str, summary: &str, description: &str) -> Value {
    let good = json!({
        "description": description,
        "headers": { "Access-Control-Allow-Origin": header("Access-Control-Allow-Origin") },
        "content": { "application/json": { "schema": { "type": "object" } } },
    });
    let mut responses = Map::from_iter([("200".to_owned(), good)]);
    problems::add(&mut responses, &[Kind::Internal]);
    json!({
        "get": {
            "operationId": id,
            "tags": ["about"],
            "summary": summary,
            "security": [],
            "responses": responses,
        },
    })
}
