//! The channel to the app: pooled HTTP/1.1, with the app's token, and a watch on
//! whether the app is there.
//!
//! Unlike a real daprd, an app that cannot be reached is not a failed attempt at an
//! event: deliveries pause at once until its health check succeeds again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// How long a call may take where no policy says otherwise.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// How long a health check may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a healthy app is asked. Dapr's default.
pub(crate) const PROBE_EVERY: Duration = Duration::from_secs(5);
/// How often an app is asked that is not there, or not healthy.
const PROBE_AGAIN: Duration = Duration::from_millis(100);
/// How many checks in a row must fail. Dapr's default.
pub(crate) const PROBE_THRESHOLD: u32 = 3;

/// Marks the sidecar's health checks, so that the app's log can leave them out.
const PROBE_HEADER: (HeaderName, HeaderValue) = (
    HeaderName::from_static("duebell-sidecar"),
    HeaderValue::from_static("1"),
);
/// What the sidecar shows to the app, and the app to the sidecar.
pub(crate) const TOKEN_HEADER: HeaderName = HeaderName::from_static("dapr-api-token");

/// Why a call had no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection: the app has seen nothing of it.
    Unreachable(String),
    /// The connection broke, the answer was too large or too late.
    Broken(String),
}

/// An answer of the app.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// The app that this sidecar stands beside.
#[derive(Debug)]
pub(crate) struct App {
    client: Client<HttpConnector, Full<Bytes>>,
    origin: String,
    token: HeaderValue,
    health_path: String,
    healthy: watch::Sender<bool>,
    probe_now: Notify,
}

impl App {
    /// The app at `origin` (`http://host:port`).
    ///
    /// # Errors
    /// The origin or the health path is no address, or the token is no header value.
    pub(crate) fn new(origin: &str, token: &str, health_path: &str) -> Result<Arc<Self>, String> {
        let origin = origin.trim_end_matches('/').to_owned();
        let health_path = format!("/{}", health_path.trim_start_matches('/'));
        let address: Result<Uri, _> = format!("{origin}{health_path}").parse();
        if !address
            .is_ok_and(|address| address.scheme_str() == Some("http") && address.host().is_some())
        {
            return Err(format!(
                "the app's address `{origin}{health_path}` is not like `http://127.0.0.1:3000/healthz`"
            ));
        }
        let mut token = HeaderValue::from_str(token)
            .map_err(|_| "the app's token has characters that a header cannot hold".to_owned())?;
        token.set_sensitive(true);
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(5)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(64)
            .build(connector);
        Ok(Arc::new(Self {
            client,
            origin,
            token,
            health_path,
            healthy: watch::Sender::new(false),
            probe_now: Notify::new(),
        }))
    }

    /// Where the app is.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The path of its health check.
    pub(crate) fn health_path(&self) -> &str {
        &self.health_path
    }

    /// Whether the app is there and healthy.
    pub(crate) fn health(&self) -> watch::Receiver<bool> {
        self.healthy.subscribe()
    }

    /// Waits until the app is healthy.
    pub(crate) async fn until_healthy(&self) {
        let mut health = self.healthy.subscribe();
        health.wait_for(|healthy| *healthy).await.ok(); // The sender is ours: it does not go away.
    }

    /// Calls the app.
    ///
    /// # Errors
    /// There was no whole answer in time.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        timeout: Duration,
    ) -> Result<Answer, Failure> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        if !self.token.is_empty() {
            request
                .headers_mut()
                .insert(TOKEN_HEADER, self.token.clone());
        }
        let outcome = self.send(request, path, timeout).await;
        if let Err(Failure::Unreachable(why)) = &outcome {
            self.went_away(why);
        }
        outcome
    }

    async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
        path: &str,
        timeout: Duration,
    ) -> Result<Answer, Failure> {
        *request.uri_mut() = format!("{}{path}", self.origin)
            .parse()
            .map_err(|error| Failure::Broken(format!("{path}: {error}")))?;
        let exchange = async {
            let response = self.client.request(request).await.map_err(|error| {
                let why = chain(&error);
                if error.is_connect() {
                    Failure::Unreachable(why)
                } else {
                    Failure::Broken(why)
                }
            })?;
            let status = response.status();
            let body = Limited::new(response.into_body(), MAX_ANSWER)
                .collect()
                .await
                .map_err(|error| Failure::Broken(chain(&*error)))?
                .to_bytes();
            Ok(Answer { status, body })
        };
        tokio::time::timeout(timeout, exchange)
            .await
            .unwrap_or_else(|_| Err(Failure::Broken(format!("no answer within {timeout:?}"))))
    }

    fn went_away(&self, why: &str) {
        let was_healthy = self.healthy.send_replace(false);
        if was_healthy {
            tracing::warn!(
                app = self.origin,
                why,
                "the app cannot be reached: deliveries pause until it is back"
            );
        }
        self.probe_now.notify_one();
    }

    /// Asks the app again and again whether it is healthy, until cancelled.
    pub(crate) async fn probe(&self, stop: CancellationToken) {
        let mut failures = 0_u32;
        loop {
            let healthy = *self.healthy.borrow();
            let wait = if healthy && failures == 0 {
                PROBE_EVERY
            } else {
                PROBE_AGAIN
            };
            match self.probe_once().await {
                Ok(()) => {
                    failures = 0;
                    if !self.healthy.send_replace(true) {
                        tracing::info!(app = self.origin, "the app is healthy");
                        continue; // The next wait is the long one.
                    }
                }
                Err(why) => {
                    failures = failures.saturating_add(1);
                    if failures >= PROBE_THRESHOLD && self.healthy.send_replace(false) {
                        tracing::warn!(
                            app = self.origin,
                            why,
                            "the app is not healthy: deliveries pause"
                        );
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
                () = self.probe_now.notified(), if healthy => {}
            }
        }
    }

    async fn probe_once(&self) -> Result<(), String> {
        let mut request = Request::new(Full::default());
        request.headers_mut().insert(PROBE_HEADER.0, PROBE_HEADER.1);
        match self.send(request, &self.health_path, PROBE_TIMEOUT).await {
            Ok(answer) if answer.status.is_success() => Ok(()),
            Ok(answer) => Err(format!("{} from {}", answer.status, self.health_path)),
            Err(Failure::Unreachable(why) | Failure::Broken(why)) => Err(why),
        }
    }
}

/// The headers of a call with JSON.
pub(crate) fn json_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
