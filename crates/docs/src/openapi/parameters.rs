//! Parameters: headers, and what several paths take.

use crate::examples;
use serde_json::{Value, json};

/// A reference to a parameter of the document's.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// A query parameter of one path.
pub(super) fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

/// A time in a query.
pub(super) fn time(name: &str, description: &str) -> Value {
    query(
        name,
        description,
        json!({ "type": "string", "format": "date-time" }),
    )
}

/// An id in a path.
pub(super) fn id(description: &str, example: Option<&Value>) -> Value {
    json!({
        "name": "id",
        "in": "path",
        "required": true,
        "description": description,
        "schema": { "type": "integer", "format": "int64", "minimum": 1, "maximum": 9_007_199_254_740_991_i64 },
        "example": example,
    })
}

/// What several paths take.
pub(super) fn shared() -> anyhow::Result<Value> {
    Ok(json!({
        "id": id("The task's id.", examples::open()?.get("id")),
        "limit": query(
            "limit",
            "How many items a page has at most.",
            json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 }),
        ),
        "cursor": query(
            "cursor",
            "The `next_cursor` of the page before, with the same filters and order.",
            json!({ "type": "string", "maxLength": 4096 }),
        ),
        "If-Match": {
            "name": "If-Match",
            "in": "header",
            "description": "Do it only if the task has still this version (RFC 9110): an `ETag`, several with commas between, or `*`.",
            "schema": { "type": "string" },
            "example": "\"v1\"",
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A repeat with the same key, path and body within 24 hours has no second effect and gets the first answer. Use a new UUID for each request that is meant to have an effect of its own.",
            "schema": { "type": "string", "pattern": "^[!-~]{1,255}$" },
            "example": "9b3c6f0e-4c83-4d4f-8f3b-0a6b2f6f3b51",
        },
        "X-Client-Id": {
            "name": "X-Client-Id",
            "in": "header",
            "description": "The client that makes the change: the `source_client` of the update event, so that a client knows its own echo.",
            "schema": { "type": "string", "pattern": "^[!-~]{1,128}$" },
            "example": "web-abc123",
        },
    }))
}
