//! Whether a request comes from the sidecar.

use http::HeaderMap;
use http::header::HeaderName;
use subtle::ConstantTimeEq as _;

/// The header of both tokens: the app's, and the sidecar's.
pub const TOKEN: HeaderName = HeaderName::from_static("dapr-api-token");

/// Whether the request shows the app's token (`APP_API_TOKEN`), once. How long it
/// takes says nothing about the token but its length. An empty `expected` never
/// matches: an app without a token takes nothing.
pub fn token_matches(headers: &HeaderMap, expected: &str) -> bool {
    let mut shown = headers.get_all(TOKEN).iter();
    match (shown.next(), shown.next()) {
        (Some(token), None) if !expected.is_empty() => {
            token.as_bytes().ct_eq(expected.as_bytes()).into()
        }
        _ => false,
    }
}
