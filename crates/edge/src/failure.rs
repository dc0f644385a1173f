//! Why a request was not done.

use bytes::Bytes;
use duebell_service::{Logger, Problem, TraceContext};
use duebell_store::Error;
use http::{HeaderMap, HeaderName, HeaderValue, Response};

/// In which trace an answer was made.
const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// How long a caller should wait before asking a busy database again, in
/// seconds.
const RETRY_AFTER: u32 = 1;

/// Why a request was not done.
#[derive(Debug)]
pub enum Failure {
    /// For whoever asked: what to change.
    Problem(Problem),
    /// The database's fault.
    Store(Error),
    /// Ours. The text is for the log alone.
    Internal(String),
}

impl Failure {
    /// A fault of ours.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// What a request comes to: its answer, or why there is none. The answer says in
    /// which trace it was made, by the header `traceresponse` (W3C, Trace Response
    /// Headers, editorial draft).
    pub fn answer<A: From<Response<Bytes>> + Headed>(
        result: Result<A, Self>,
        logger: &Logger,
        trace: TraceContext,
    ) -> A {
        let answer = result.unwrap_or_else(|failure| {
            let logger = logger.for_trace(trace);
            failure.into_response(&logger, &trace.trace_id()).into()
        });
        in_trace(answer, trace)
    }

    /// The answer; what is not for the caller goes to the log.
    fn into_response(self, logger: &Logger, trace_id: &str) -> Response<Bytes> {
        let problem = match self {
            Self::Problem(problem) => problem,
            Self::Store(error) => {
                logger.error(
                    "the database did not do it",
                    &[("cause", error.to_string().into())],
                );
                match error {
                    Error::Busy | Error::Full | Error::Unreachable(_) | Error::Aborted(_) => {
                        Problem::busy(RETRY_AFTER)
                    }
                    _ => Problem::internal(),
                }
            }
            Self::Internal(cause) => {
                logger.error("a fault of ours", &[("cause", cause.into())]);
                Problem::internal()
            }
        };
        problem.with_trace_id(trace_id).into_response()
    }
}

/// The answer, which says in which trace it was made.
pub(crate) fn in_trace<A: Headed>(mut answer: A, trace: TraceContext) -> A {
    // Hexadecimal digits and hyphens: always a header's value.
    if let Ok(value) = HeaderValue::from_str(&trace.to_string()) {
        answer.headers_mut().insert(TRACERESPONSE, value);
    }
    answer
}

/// What has headers.
pub trait Headed {
    /// Those of its beginning.
    fn headers_mut(&mut self) -> &mut HeaderMap;
}

impl Headed for Response<Bytes> {
    fn headers_mut(&mut self) -> &mut HeaderMap {
        Self::headers_mut(self)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}
