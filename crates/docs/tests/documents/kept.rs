//! The kept files are what is generated.

use crate::project;
use std::fs;

/// Compares, or with `UPDATE_DOCS=1` writes.
fn check(file: &str, generated: &str) {
    let path = project().join("docs").join(file);
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        fs::write(&path, generated).unwrap();
        return;
    }
    // A checkout may have turned the ends of the lines.
    let kept = fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    if kept == generated {
        return;
    }
    let line = kept
        .lines()
        .zip(generated.lines())
        .take_while(|(kept, generated)| kept == generated)
        .count()
        + 1;
    panic!(
        "docs/{file} is stale from line {line} on: run UPDATE_DOCS=1 cargo test --release -p duebell-docs"
    );
}

#[test]
fn the_kept_openapi_document_is_the_generated_one() {
    check("openapi.json", &duebell_docs::openapi().unwrap());
}

#[test]
fn the_kept_asyncapi_document_is_the_generated_one() {
    check("asyncapi.json", &duebell_docs::asyncapi().unwrap());
}

#[test]
fn a_document_ends_with_a_newline_and_is_made_the_same_again() {
    let first = duebell_docs::openapi().unwrap();
    assert!(first.ends_with("}\n"));
    assert_eq!(first, duebell_docs::openapi().unwrap());
}
