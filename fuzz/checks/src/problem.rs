//! What a refusal has to be.

use duebell_service::Problem;
use serde_json::Value;

/// A refusal that is the client's to mend, as problem details (RFC 9457) of bounded
/// length.
pub(crate) fn refused(problem: Problem) {
    let status = problem.status();
    assert!(status.is_client_error(), "{problem:?}");
    let detail = problem.detail().to_owned();
    assert!(!detail.is_empty());
    let response = problem.into_response();
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let body: Value = serde_json::from_slice(response.body()).expect("a problem is JSON");
    assert_eq!(body["status"], status.as_u16());
    assert_eq!(body["detail"], detail);
    // At most a hundred fields, each with a pointer and a detail of some hundred
    // characters, which JSON may have to escape.
    assert!(response.body().len() < 1_000_000);
    for error in body["errors"].as_array().into_iter().flatten() {
        if let Some(pointer) = error["pointer"].as_str() {
            assert!(pointer.is_empty() || pointer.starts_with('/'), "{pointer}");
        }
    }
}
