//! Answers that are no errors, and headers.

use super::problems;
use crate::examples;
use duebell_service::problem::Kind;
use serde_json::{Map, Value, json};

/// A reference to a header of the document's.
pub(super) fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// The headers of answers.
pub(super) fn headers() -> anyhow::Result<Value> {
    let text = |description: &str, example: &str| json!({ "description": description, "schema": { "type": "string" }, "example": example });
    Ok(json!({
        "ETag": text("The task's version, for `If-Match`.", "\"v1\""),
        "Location": text("The path of what is new.", &examples::location()?),
        "Allow": text("The methods that the path has.", "GET, HEAD, POST"),
        "WWW-Authenticate": text("What is wrong with the token (RFC 6750).", "Bearer error=\"invalid_token\""),
        "Retry-After": {
            "description": "After how many seconds to repeat the request.",
            "schema": { "type": "integer", "minimum": 0 },
            "example": 1,
        },
        "Access-Control-Allow-Origin": text("Any page may read it.", "*"),
    }))
}

/// An answer with a JSON body of this schema.
pub(super) fn json_body(
    description: &str,
    schema: &Value,
    example: &Value,
    names: &[&str],
) -> Value {
    let headers: Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), header(name)))
        .collect();
    let mut response = json!({
        "description": description,
        "content": { "application/json": { "schema": schema, "example": example } },
    });
    if let (Some(response), false) = (response.as_object_mut(), headers.is_empty()) {
        response.insert("headers".to_owned(), Value::Object(headers));
    }
    response
}

/// The answers of an operation of a user's: the good one, and whatever problem
/// it may come to.
pub(super) fn all(status: &str, good: Value, kinds: &[Kind]) -> Value {
    let mut responses = Map::from_iter([(status.to_owned(), good)]);
    problems::add(&mut responses, &[kinds, problems::ALWAYS].concat());
    Value::Object(responses)
}
