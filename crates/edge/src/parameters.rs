//! Headers and parameters that requests of all components may carry.

use chrono::{DateTime, Utc};
use duebell_service::{Problem, Query};
use http::HeaderMap;

/// The longest `X-Client-Id`, in bytes.
const MOST_CLIENT_ID: usize = 128;

/// The client that sent a request, by its own word: 1 to 128 visible ASCII
/// characters. It comes back as an update's `source_client`.
///
/// # Errors
/// 400 if it is something else.
pub fn client_id(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("x-client-id") else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .filter(|id| (1..=MOST_CLIENT_ID).contains(&id.len()))
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(|id| Some(id.to_owned()))
        .ok_or_else(|| Problem::header("X-Client-Id", "Use 1 to 128 visible ASCII characters."))
}

/// A time in a query: RFC 3339 with a zone.
///
/// # Errors
/// 400 if it is none.
pub fn time(query: &Query<'_>, name: &str) -> Result<Option<DateTime<Utc>>, Problem> {
    query
        .get(name)
        .map(|text| {
            DateTime::parse_from_rfc3339(text)
                .map(|time| time.to_utc())
                .map_err(|_| {
                    Problem::parameter(
                        name,
                        "Use a time with its zone, such as 2026-01-15T14:00:00Z.",
                    )
                })
        })
        .transpose()
}

/// A parameter that has to be there.
///
/// # Errors
/// 400 if it is not.
pub fn required<'q>(query: &'q Query<'_>, name: &str) -> Result<&'q str, Problem> {
    query
        .get(name)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Problem::parameter(name, "It has to be there."))
}

/// A text as a parameter of a request: all but RFC 3986's unreserved characters are
/// percent-encoded (section 2.3).
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
