//! How a request gets to the sidecar and its answer back.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

/// Sends one request and reads its whole answer.
///
/// A transport gives up by itself after a while: callers set no time-out of their
/// own. Futures need not be `Send`; a component has one thread.
pub trait Transport {
    /// Sends the request.
    ///
    /// # Errors
    ///
    /// No answer came, or not in time. Whether the request was carried out is then
    /// unknown. An answer with an error's status is an answer.
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>>;
}

impl<T: Transport> Transport for &T {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        T::send(self, request).await
    }
}

impl<T: Transport> Transport for Rc<T> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        T::send(self, request).await
    }
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportError {
    /// It was waited for this long.
    TimedOut(Duration),
    /// The connection failed, or may not be made. Says why.
    Failed(String),
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(after) => write!(f, "no answer within {after:?}"),
            Self::Failed(why) => write!(f, "no answer: {why}"),
        }
    }
}

impl std::error::Error for TransportError {}
