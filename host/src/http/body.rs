//! Bodies in and out.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use wasmtime_wasi_http::{Error, WasiBody};

/// How much of a body that nobody wants is read before the connection is closed.
const MAX_DRAINED: usize = 8 * 1024 * 1024;

/// How long such a body may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer of the host itself.
pub(crate) fn answer(
    status: StatusCode,
    content_type: Option<&'static str>,
    body: impl Into<Bytes>,
) -> Response<WasiBody> {
    let mut response = Response::new(whole(body));
    *response.status_mut() = status;
    if let Some(content_type) = content_type {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}

/// A body that is there already.
pub(crate) fn whole(body: impl Into<Bytes>) -> WasiBody {
    Full::new(body.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// A request's body. If it is dropped before its end, the rest is read all the
/// same, within bounds: closing a connection with bytes unread resets it, and
/// the client may lose the answer that was sent.
pub(crate) struct RequestBody {
    incoming: Option<Incoming>,
    /// The client waits for "100 Continue" before it sends anything.
    held_back: bool,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, expects_continue: bool) -> Self {
        Self {
            incoming: Some(incoming),
            held_back: expects_continue,
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.held_back = false;
        match &mut self.incoming {
            Some(incoming) => Pin::new(incoming)
                .poll_frame(cx)
                .map(|frame| frame.map(|frame| frame.map_err(Error::from))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if self.held_back {
            return;
        }
        if let Some(incoming) = self.incoming.take()
            && !incoming.is_end_stream()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(tokio::time::timeout(DRAIN_TIMEOUT, drain(incoming)));
        }
    }
}

async fn drain(mut body: Incoming) {
    let mut read = 0;
    while read < MAX_DRAINED
        && let Some(Ok(frame)) = body.frame().await
    {
        read += frame.data_ref().map_or(0, Bytes::len);
    }
}
