//! Errors as problem details (RFC 9457).

mod kind;

use std::fmt;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

pub use self::kind::Kind;

/// How long a detail may be, in characters: some quote what was sent.
const MAX_DETAIL: usize = 500;

/// How many fields a problem names; whoever sent more errors has enough to do.
const MAX_ERRORS: usize = 100;

/// What is wrong with one field, query parameter or header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) into the body: `/tags/3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// The name of a query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// The name of a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    /// What to change.
    detail: String,
}

impl FieldError {
    /// An error at a place of the body, given as a JSON Pointer.
    #[must_use]
    pub fn pointer(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: Some(pointer.into()),
            parameter: None,
            header: None,
            detail: shortened(detail.into()),
        }
    }

    fn parameter(name: &str, detail: &str) -> Self {
        Self {
            pointer: None,
            parameter: Some(shortened(name.to_owned())),
            header: None,
            detail: shortened(detail.to_owned()),
        }
    }

    fn header(name: &str, detail: &str) -> Self {
        Self {
            pointer: None,
            parameter: None,
            header: Some(name.to_owned()),
            detail: shortened(detail.to_owned()),
        }
    }
}

/// An error answer: `application/problem+json`, RFC 9457.
///
/// Its details are for whoever sent the request, and say what to change. What
/// went wrong inside is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    trace_id: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A problem's JSON.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Problem))]
struct Wire<'a> {
    /// Which kind of problem this is: a URI that never changes.
    r#type: &'static str,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong here, and what to change.
    detail: &'a str,
    /// Each field, parameter or header that is wrong.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
    /// Finds the request in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
}

impl Problem {
    fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: shortened(detail.into()),
            errors: Vec::new(),
            trace_id: None,
            headers: Vec::new(),
        }
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// 400: the body is no JSON. `detail` says where.
    #[must_use]
    pub fn malformed_json(detail: impl Into<String>) -> Self {
        Self::new(Kind::MalformedJson, detail)
    }

    /// 400: a query parameter cannot be taken.
    #[must_use]
    pub fn parameter(name: &str, detail: &str) -> Self {
        let mut problem = Self::new(Kind::InvalidRequest, format!("{name:?}: {detail}"));
        problem.errors.push(FieldError::parameter(name, detail));
        problem
    }

    /// 400: a header cannot be taken.
    #[must_use]
    pub fn header(name: &'static str, detail: &str) -> Self {
        let mut problem = Self::new(Kind::InvalidRequest, format!("{name}: {detail}"));
        problem.errors.push(FieldError::header(name, detail));
        problem
    }

    /// 401: the request has no token.
    #[must_use]
    pub fn token_missing() -> Self {
        Self::new(
            Kind::Unauthorized,
            "Send the header `Authorization: Bearer <token>`.",
        )
        // RFC 6750, section 3.1: no error code where there was no token.
        .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 401: the request's token is not valid. `detail` says why and what to do.
    #[must_use]
    pub fn token_invalid(detail: &'static str) -> Self {
        Self::new(Kind::Unauthorized, detail).with_header(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer error=\"invalid_token\""),
        )
    }

    /// 403: the user may not do this.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, detail)
    }

    /// 403: only an operator may do this.
    #[must_use]
    pub fn operator_needed() -> Self {
        Self::forbidden("Use a token whose scope holds `operator`.").with_header(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer error=\"insufficient_scope\", scope=\"operator\""),
        )
    }

    /// 403: the user was erased, for good.
    #[must_use]
    pub fn user_erased() -> Self {
        Self::new(
            Kind::UserErased,
            "This user was erased, and stays so: use the token of another user.",
        )
    }

    /// 404: it does not exist, is another user's, or is no id at all: the answer
    /// is the same, so that nobody learns what others have.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            Kind::NotFound,
            "There is nothing here for this user: check the path and the id.",
        )
    }

    /// 405: the path has other methods, listed in `allow` (`GET, HEAD`).
    #[must_use]
    pub fn method_not_allowed(allow: &str) -> Self {
        let problem = Self::new(Kind::MethodNotAllowed, format!("Use one of: {allow}."));
        match HeaderValue::from_str(allow) {
            Ok(allow) => problem.with_header(ALLOW, allow),
            Err(_) => problem,
        }
    }

    /// 406: it can be had as one of these media types only.
    #[must_use]
    pub fn not_acceptable(offered: &str) -> Self {
        Self::new(Kind::NotAcceptable, format!("Accept one of: {offered}."))
    }

    /// 409: the first request with this `Idempotency-Key` is under way.
    #[must_use]
    pub fn idempotency_conflict() -> Self {
        Self::new(
            Kind::IdempotencyConflict,
            "The first request with this Idempotency-Key has no answer yet: repeat this one later.",
        )
        .with_header(RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// 422: the `Idempotency-Key` was used for another request.
    #[must_use]
    pub fn idempotency_mismatch() -> Self {
        Self::new(
            Kind::IdempotencyMismatch,
            "This Idempotency-Key came with another body before: send that body, or use a new key.",
        )
    }

    /// 429: the user has too many of these. `detail` says of what; it may work in
    /// `retry_after` seconds.
    #[must_use]
    pub fn too_many(detail: impl Into<String>, retry_after: u32) -> Self {
        Self::new(Kind::TooMany, detail).with_header(RETRY_AFTER, HeaderValue::from(retry_after))
    }

    /// 409: where it stands, this cannot be done with it. `detail` says why.
    #[must_use]
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, detail)
    }

    /// 410: what is asked for is no longer kept. `detail` says what to do instead.
    #[must_use]
    pub fn gone(detail: impl Into<String>) -> Self {
        Self::new(Kind::Gone, detail)
    }

    /// 412: `If-Match` names another version than there is.
    #[must_use]
    pub fn precondition_failed() -> Self {
        Self::new(
            Kind::PreconditionFailed,
            "If-Match does not name the current version: get it again and use its ETag.",
        )
    }

    /// 413: the body is longer than `limit` bytes.
    #[must_use]
    pub fn body_too_large(limit: usize) -> Self {
        Self::new(
            Kind::BodyTooLarge,
            format!("Send at most {limit} bytes in a body."),
        )
    }

    /// 415: the body is of another kind than `expected` (`application/json`).
    #[must_use]
    pub fn unsupported_media_type(expected: &str) -> Self {
        Self::new(
            Kind::UnsupportedMediaType,
            format!("Send the body as {expected}, and say so in Content-Type."),
        )
    }

    /// 422: these fields cannot be taken.
    #[must_use]
    pub fn validation(errors: impl IntoIterator<Item = FieldError>) -> Self {
        let errors: Vec<FieldError> = errors.into_iter().take(MAX_ERRORS).collect();
        let detail = match errors.as_slice() {
            [
                FieldError {
                    pointer: Some(pointer),
                    detail,
                    ..
                },
            ] if !pointer.is_empty() => format!("{pointer}: {detail}"),
            [FieldError { detail, .. }] => detail.clone(),
            _ => "See `errors` for what to change in each field.".to_owned(),
        };
        let mut problem = Self::new(Kind::ValidationFailed, detail);
        problem.errors = errors;
        problem
    }

    /// 500: our fault. What went wrong is for the log alone.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            Kind::Internal,
            "The request was not at fault and may be repeated. The logs have the reason, under the trace_id.",
        )
    }

    /// 502: another component did not answer. `detail` says which and why.
    #[must_use]
    pub fn bad_gateway(detail: impl Into<String>) -> Self {
        Self::new(Kind::BadGateway, detail)
    }

    /// 503: it may work in `retry_after` seconds.
    #[must_use]
    pub fn busy(retry_after: u32) -> Self {
        Self::new(
            Kind::Busy,
            "Nothing was changed: repeat the request after the seconds that Retry-After says.",
        )
        .with_header(RETRY_AFTER, HeaderValue::from(retry_after))
    }

    /// Which kind of problem this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// What is wrong, and what to change.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The same problem with the id by which the logs know the request.
    #[must_use]
    pub fn with_trace_id(mut self, trace_id: impl Into<String>) -> Self {
        self.trace_id = Some(trace_id.into());
        self
    }

    /// The answer.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        let wire = Wire {
            r#type: self.kind.uri(),
            title: self.kind.title(),
            status: self.status().as_u16(),
            detail: &self.detail,
            errors: &self.errors,
            trace_id: self.trace_id.as_deref(),
        };
        // Text and numbers only: it can always be written.
        let body = serde_json::to_vec(&wire).unwrap_or_default();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.extend(self.headers);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.title(), self.detail)
    }
}

impl std::error::Error for Problem {}

/// Cut to what a detail may be.
fn shortened(text: String) -> String {
    match text.char_indices().nth(MAX_DETAIL) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(feature = "openapi")]
mod schema;

#[cfg(test)]
mod tests;
