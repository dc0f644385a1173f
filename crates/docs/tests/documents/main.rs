//! The documents, held against the kept files, against themselves and against
//! the components' routes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod kept;
mod references;
mod routes;

use serde_json::Value;
use std::path::PathBuf;

/// The project's folder.
fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn openapi() -> Value {
    serde_json::from_str(&duebell_docs::openapi().unwrap()).unwrap()
}

fn asyncapi() -> Value {
    serde_json::from_str(&duebell_docs::asyncapi().unwrap()).unwrap()
}
