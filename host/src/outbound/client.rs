//! The client for components' calls to the outside: pooled connections,
//! no redirects, the time-outs that the component asks for.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

/// The time-out for what the component names none: as in Spin.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long an unused connection is kept: less than servers keep theirs.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// One pool of connections for all components.
#[derive(Clone)]
pub struct OutboundClient(Arc<Client<HttpsConnector<HttpConnector>, WasiBody>>);

impl Default for OutboundClient {
    fn default() -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .set_host(false)
            .build(connector);
        Self(Arc::new(client))
    }
}

impl OutboundClient {
    /// Sends a request and waits for the head of the answer.
    ///
    /// # Errors
    ///
    /// Why there is no answer, in the words of `wasi:http`.
    pub async fn send(
        &self,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        let first_byte = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let connect = options.connect_timeout.unwrap_or(Duration::ZERO);
        let between = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let response =
            tokio::time::timeout(connect.saturating_add(first_byte), self.0.request(request))
                .await
                .map_err(|_| Error::ConnectionReadTimeout)?
                .map_err(|error| describe(&error))?;
        Ok(response.map(|body| TimedBody::new(body, between).boxed_unsync()))
    }
}

/// The code of `wasi:http` for what went wrong.
fn describe(error: &legacy::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    // A chain of causes is short; the bound is for one that bites its tail.
    for _ in 0..16 {
        let Some(it) = cause else { break };
        if let Some(io) = it.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind;
            return match io.kind() {
                ErrorKind::ConnectionRefused => Error::ConnectionRefused,
                ErrorKind::TimedOut => Error::ConnectionTimeout,
                ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe => Error::ConnectionTerminated,
                ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => {
                    Error::DestinationIpUnroutable
                }
                _ if io.to_string().contains("dns") || io.to_string().contains("lookup") => {
                    Error::DnsError {
                        rcode: Some(io.to_string()),
                        info_code: None,
                    }
                }
                _ => Error::InternalError(Some(io.to_string())),
            };
        }
        cause = it.source();
    }
    if error.is_connect() {
        Error::DestinationUnavailable
    } else {
        Error::HttpResponseIncomplete
    }
}

/// An answer's body with a bound on the silence between its parts.
struct TimedBody {
    body: Incoming,
    silence: Duration,
    deadline: Pin<Box<Sleep>>,
}

impl TimedBody {
    fn new(body: Incoming, silence: Duration) -> Self {
        Self {
            body,
            silence,
            deadline: Box::pin(tokio::time::sleep(silence)),
        }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                let next = Instant::now() + self.silence;
                self.deadline.as_mut().reset(next);
                Poll::Ready(frame.map(|frame| frame.map_err(Error::from)))
            }
            Poll::Pending => {
                ready!(self.deadline.as_mut().poll(cx));
                Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
