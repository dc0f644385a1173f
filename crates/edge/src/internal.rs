//! Requests that are for the sidecar and for other components alone.

use duebell_dapr::token_matches;
use duebell_service::{Problem, body::MAX_BODY};
use http::HeaderMap;

/// How long a batch of deliveries may be, in bytes: a hundred of the longest
/// events.
const MOST_DELIVERED: usize = 32 * 1024 * 1024;

/// How long a request's body may be, in bytes: more for the sidecar, which brings
/// many events at once, than for anybody else.
#[must_use]
pub fn most_body(headers: &HeaderMap, app_api_token: &str) -> usize {
    if token_matches(headers, app_api_token) {
        MOST_DELIVERED
    } else {
        MAX_BODY
    }
}

/// Refuses whoever does not show the app's token, as `dapr-api-token`.
///
/// # Errors
/// 401.
pub fn must_show_token(headers: &HeaderMap, app_api_token: &str) -> Result<(), Problem> {
    if token_matches(headers, app_api_token) {
        return Ok(());
    }
    Err(Problem::token_invalid(
        "This route is for the sidecar and other components: send the app's token as dapr-api-token.",
    ))
}
