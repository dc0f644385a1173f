//! Makes the two documents in `docs/` that machines read: `openapi.json`
//! (OpenAPI 3.1) for the HTTP interface, `asyncapi.json` (AsyncAPI 3.0) for the
//! events.
//!
//! Schemas, problems and examples come from the types that serve. What no type
//! says is written here: which path takes what and answers with what. Pages that
//! only a component knows have a hand-written schema in `schemas/`, one file each.
//! The tests hold the documents against the kept files and the components'
//! routes; `tests/stories/documents.rs` holds them against the running system.
//!
//! This crate is part of no component.

mod asyncapi;
mod evidence;
mod examples;
mod openapi;
mod schemas;

use serde_json::Value;

/// The text of `docs/openapi.json`.
///
/// # Errors
/// An example is not valid, or cannot be written as JSON.
pub fn openapi() -> anyhow::Result<String> {
    written(openapi::document()?)
}

/// The text of `docs/asyncapi.json`.
///
/// # Errors
/// An example is not valid, or cannot be written as JSON.
pub fn asyncapi() -> anyhow::Result<String> {
    written(asyncapi::document()?)
}

/// The same text whatever order serde_json keeps objects in, which depends on
/// what else is built.
fn written(mut document: Value) -> anyhow::Result<String> {
    document.sort_all_objects();
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
