//! Answers whose body goes on.

use crate::Headed;
use bytes::Bytes;
use duebell_store::LocalFuture;
use http::{HeaderMap, Response};

/// What a request comes to.
pub enum Answer {
    /// All of it at once.
    Whole(Response<Bytes>),
    /// A beginning, and whoever writes the rest.
    Streamed(Response<()>, Pour),
}

impl From<Response<Bytes>> for Answer {
    fn from(response: Response<Bytes>) -> Self {
        Self::Whole(response)
    }
}

impl Headed for Answer {
    fn headers_mut(&mut self) -> &mut HeaderMap {
        match self {
            Self::Whole(response) => response.headers_mut(),
            Self::Streamed(head, _) => head.headers_mut(),
        }
    }
}

/// Writes the body of an answer: until it is done, or the client is gone.
pub type Pour = Box<dyn FnOnce(Box<dyn Sink>) -> LocalFuture<'static, ()>>;

/// The client, as far as it reads.
pub trait Sink {
    /// Writes these bytes, and waits until they are taken. If this is dropped before
    /// that, nothing may be written afterwards.
    ///
    /// # Errors
    /// The client is gone.
    fn write(&mut self, bytes: Bytes) -> LocalFuture<'_, Result<(), Closed>>;
}

/// The client is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;
