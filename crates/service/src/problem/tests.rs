use std::collections::HashSet;

use serde_json::{Value, json};

use super::*;

fn body(problem: Problem) -> Value {
    serde_json::from_slice(problem.into_response().body()).unwrap()
}

#[test]
fn every_kind_has_a_type_of_its_own() {
    let types: HashSet<_> = Kind::ALL.iter().map(|kind| kind.uri()).collect();
    assert_eq!(types.len(), Kind::ALL.len());
}

#[test]
fn a_problem_is_what_rfc_9457_says() {
    let problem =
        Problem::validation([FieldError::pointer("/tags/3", "Use at most 50 characters.")])
            .with_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(
        body(problem),
        json!({
            "type": "https://duebell.dev/problems/validation-failed",
            "title": "Fields are not valid",
            "status": 422,
            "detail": "/tags/3: Use at most 50 characters.",
            "errors": [{ "pointer": "/tags/3", "detail": "Use at most 50 characters." }],
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        })
    );
}

#[test]
fn a_problem_says_what_it_is_in_its_headers() {
    let response = Problem::method_not_allowed("GET, HEAD, POST").into_response();
    assert_eq!(response.status(), 405);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    assert_eq!(response.headers()["allow"], "GET, HEAD, POST");
    assert_eq!(
        Problem::busy(2).into_response().headers()["retry-after"],
        "2"
    );
    assert_eq!(
        Problem::token_missing().into_response().headers()["www-authenticate"],
        "Bearer"
    );
}

#[test]
fn a_parameter_and_a_header_are_named() {
    assert_eq!(
        body(Problem::parameter("limit", "Use 1 to 200."))["errors"],
        json!([{ "parameter": "limit", "detail": "Use 1 to 200." }])
    );
    assert_eq!(
        body(Problem::header("If-Match", "Use an ETag."))["errors"],
        json!([{ "header": "If-Match", "detail": "Use an ETag." }])
    );
}

#[test]
fn what_was_sent_is_not_sent_back_at_length() {
    let problem = Problem::parameter(&"ö".repeat(100_000), "Remove it.");
    assert!(problem.into_response().body().len() < 3_000);
}

#[cfg(feature = "openapi")]
#[test]
fn the_schema_has_what_a_problem_has() {
    use utoipa::{PartialSchema, ToSchema};
    let schema = serde_json::to_value(Problem::schema()).unwrap();
    let written = body(Problem::validation([]).with_trace_id("1"));
    for name in written.as_object().unwrap().keys() {
        assert!(schema["properties"][name].is_object(), "{name}");
    }
    assert_eq!(
        schema["required"],
        json!(["type", "title", "status", "detail"])
    );
    let mut parts = Vec::new();
    Problem::schemas(&mut parts);
    assert!(parts.iter().any(|(name, _)| name == "FieldError"));
}
