//! What a request and an instance may take.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use clap::ValueEnum;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::{Instant, Sleep, sleep_until};
use wasmtime_wasi_http::{Error, WasiBody};

/// Where the components are to be able to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Platform {
    /// Whatever a Spin of one's own gives.
    #[default]
    Spin,
    /// Fermyon's (Akamai Functions): 30 s and 128 MiB a request, bodies of 10 MiB, no SQLite.
    Fermyon,
}

/// The limits of a platform.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most memory that one instance may have, in bytes.
    pub memory: usize,
    /// How long a request may take until its answer begins.
    pub answer: Duration,
    /// How long it may take until its answer ends.
    pub whole: Option<Duration>,
    /// How long bodies may be, in bytes.
    pub body: Option<u64>,
    /// Whether there is SQLite.
    pub sqlite: bool,
}

impl Platform {
    /// What it allows.
    #[must_use]
    pub fn limits(self) -> Limits {
        match self {
            Self::Spin => Limits {
                memory: 256 * 1024 * 1024,
                answer: Duration::from_secs(60),
                whole: None,
                body: None,
                sqlite: true,
            },
            Self::Fermyon => Limits {
                memory: 128 * 1024 * 1024,
                answer: Duration::from_secs(30),
                whole: Some(Duration::from_secs(30)),
                body: Some(10 * 1024 * 1024),
                sqlite: false,
            },
        }
    }
}

impl Limits {
    /// A body within the limits of a request that came then: beyond them it breaks off.
    pub(crate) fn bound(&self, body: WasiBody, came: Instant) -> WasiBody {
        if self.whole.is_none() && self.body.is_none() {
            return body;
        }
        Bounded {
            body,
            left: self.body.unwrap_or(u64::MAX),
            end: self.whole.map(|whole| Box::pin(sleep_until(came + whole))),
        }
        .boxed_unsync()
    }
}

/// A body that may be so long, and take so long.
struct Bounded {
    body: WasiBody,
    left: u64,
    end: Option<Pin<Box<Sleep>>>,
}

impl Body for Bounded {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(end) = &mut self.end
            && end.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Some(Err(Error::ConnectionTimeout)));
        }
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            let length = frame.data_ref().map_or(0, Bytes::len);
            let length = u64::try_from(length).unwrap_or(u64::MAX);
            match self.left.checked_sub(length) {
                Some(left) => self.left = left,
                None => return Poll::Ready(Some(Err(Error::HttpRequestBodySize(None)))),
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
