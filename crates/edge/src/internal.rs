//! Requests that are for the sidecar and for other components alone.

use duebell_dapr::token_matches;
use duebell_service::Problem;
use http::HeaderMap;

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
