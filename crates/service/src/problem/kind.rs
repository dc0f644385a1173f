//! Which problems there are: their types, titles and statuses.

use http::StatusCode;

/// The kinds of problems; each has a stable `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// 400: the body is no JSON.
    MalformedJson,
    /// 400: a query parameter or a header cannot be taken.
    InvalidRequest,
    /// 401: no valid token.
    Unauthorized,
    /// 403: the user may not do this.
    Forbidden,
    /// 403: the user was erased.
    UserErased,
    /// 404: it does not exist, or not for this user.
    NotFound,
    /// 405: the path has other methods.
    MethodNotAllowed,
    /// 406: it can be had in other forms only.
    NotAcceptable,
    /// 409: the first request with this `Idempotency-Key` is under way.
    IdempotencyConflict,
    /// 409: where it stands, this cannot be done with it.
    Conflict,
    /// 410: it is no longer kept.
    Gone,
    /// 412: `If-Match` does not match.
    PreconditionFailed,
    /// 413: the body is too long.
    BodyTooLarge,
    /// 415: the body is of another kind than this can read.
    UnsupportedMediaType,
    /// 422: fields of the body cannot be taken.
    ValidationFailed,
    /// 422: the `Idempotency-Key` was used for another request.
    IdempotencyMismatch,
    /// 429: the user has too many of these.
    TooMany,
    /// 500: our fault.
    Internal,
    /// 502: another component did not answer.
    BadGateway,
    /// 503: it may work later.
    Busy,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::MalformedJson,
        Self::InvalidRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::UserErased,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::IdempotencyConflict,
        Self::Conflict,
        Self::Gone,
        Self::PreconditionFailed,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::ValidationFailed,
        Self::IdempotencyMismatch,
        Self::TooMany,
        Self::Internal,
        Self::BadGateway,
        Self::Busy,
    ];

    /// The problem's `type`: a URI that never changes.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::MalformedJson => "https://duebell.dev/problems/malformed-json",
            Self::InvalidRequest => "https://duebell.dev/problems/invalid-request",
            Self::Unauthorized => "https://duebell.dev/problems/unauthorized",
            Self::Forbidden => "https://duebell.dev/problems/forbidden",
            Self::UserErased => "https://duebell.dev/problems/user-erased",
            Self::NotFound => "https://duebell.dev/problems/not-found",
            Self::MethodNotAllowed => "https://duebell.dev/problems/method-not-allowed",
            Self::NotAcceptable => "https://duebell.dev/problems/not-acceptable",
            Self::IdempotencyConflict => "https://duebell.dev/problems/idempotency-conflict",
            Self::Conflict => "https://duebell.dev/problems/conflict",
            Self::Gone => "https://duebell.dev/problems/gone",
            Self::PreconditionFailed => "https://duebell.dev/problems/precondition-failed",
            Self::BodyTooLarge => "https://duebell.dev/problems/body-too-large",
            Self::UnsupportedMediaType => "https://duebell.dev/problems/unsupported-media-type",
            Self::ValidationFailed => "https://duebell.dev/problems/validation-failed",
            Self::IdempotencyMismatch => "https://duebell.dev/problems/idempotency-mismatch",
            Self::TooMany => "https://duebell.dev/problems/too-many",
            Self::Internal => "https://duebell.dev/problems/internal",
            Self::BadGateway => "https://duebell.dev/problems/bad-gateway",
            Self::Busy => "https://duebell.dev/problems/busy",
        }
    }

    /// The problem's `title`: the same for every problem of this kind.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::MalformedJson => "The body is not JSON",
            Self::InvalidRequest => "The request cannot be understood",
            Self::Unauthorized => "A valid token is needed",
            Self::Forbidden => "Not allowed",
            Self::UserErased => "The user was erased",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::NotAcceptable => "Not in this form",
            Self::IdempotencyConflict => "The first request is still under way",
            Self::Conflict => "It is past that, or in use",
            Self::Gone => "It is no longer kept",
            Self::PreconditionFailed => "It has changed since",
            Self::BodyTooLarge => "The body is too large",
            Self::UnsupportedMediaType => "Unsupported media type",
            Self::ValidationFailed => "Fields are not valid",
            Self::IdempotencyMismatch => "The idempotency key is taken",
            Self::TooMany => "Too many at once",
            Self::Internal => "Something went wrong here",
            Self::BadGateway => "A component did not answer",
            Self::Busy => "Busy",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::MalformedJson | Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::UserErased => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::IdempotencyConflict | Self::Conflict => StatusCode::CONFLICT,
            Self::Gone => StatusCode::GONE,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ValidationFailed | Self::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BadGateway => StatusCode::BAD_GATEWAY,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
