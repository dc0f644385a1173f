//! The app's side of a WebSocket: requests that tell it what happened, and what it
//! answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use duebell_grip::{EXTENSIONS, Event, KEEP_ALIVE_INTERVAL, WEBSOCKET_EVENTS, events};
use futures::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use wasmtime_wasi_http::WasiBody;

use super::Grip;
use super::handshake::Template;
use crate::http::body::whole;

/// The longest answer, in bytes: Pushpin's.
const MOST_ANSWER: usize = 1_000_000;

/// The least time between requests that only ask whether there is anything, in
/// seconds: Pushpin's.
const LEAST_KEEP_ALIVE: u64 = 20;

/// By this an answer has the proxy keep something for the requests that follow.
const SET_META: &str = "set-meta-";

/// The app, as far as the proxy sees it.
pub type App =
    Arc<dyn Fn(Request<WasiBody>) -> BoxFuture<'static, Response<WasiBody>> + Send + Sync>;

/// What the app knows of one WebSocket, and the proxy keeps for it.
pub(super) struct Session {
    app: App,
    template: Template,
    meta: HeaderMap,
    keep_alive: Option<Duration>,
    /// Whether it sends messages to the proxy.
    speaks_grip: bool,
}

/// The app does not speak WebSocket-over-HTTP: what it said instead.
pub(super) struct Refusal(pub(super) Box<Response<Bytes>>);

impl Session {
    pub(super) fn new(app: App, template: Template) -> Self {
        Self {
            app,
            template,
            meta: HeaderMap::new(),
            keep_alive: None,
            speaks_grip: false,
        }
    }

    /// After how long without a request an empty one is sent.
    pub(super) fn keep_alive(&self) -> Option<Duration> {
        self.keep_alive
    }

    /// Whether the app's messages may be for the proxy.
    pub(super) fn speaks_grip(&self) -> bool {
        self.speaks_grip
    }

    /// Tells the app what happened, and gives what it answers.
    pub(super) async fn tell(
        &mut self,
        grip: &Grip,
        happened: &[Event],
    ) -> Result<Vec<Event>, Refusal> {
        let body = whole(events::write(happened));
        let signature = grip.signature();
        let request = self
            .template
            .request(signature.as_deref(), &self.meta, body);
        let (head, body) = (self.app)(request).await.into_parts();
        let Ok(body) = Limited::new(body, MOST_ANSWER).collect().await else {
            return Err(refusal(
                StatusCode::BAD_GATEWAY,
                "the app's answer broke off\n",
            ));
        };
        let body = body.to_bytes();
        let events_type = head.headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
        if head.status != StatusCode::OK || events_type != Some(WEBSOCKET_EVENTS.as_bytes()) {
            return Err(Refusal(Box::new(Response::from_parts(head, body))));
        }
        self.keep(&head.headers);
        events::parse(&body)
            .map_err(|malformed| refusal(StatusCode::BAD_GATEWAY, &format!("{malformed}\n")))
    }

    /// Keeps what an answer's headers say.
    fn keep(&mut self, headers: &HeaderMap) {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(seconds) = text(KEEP_ALIVE_INTERVAL) {
            let seconds = seconds.parse().ok().filter(|seconds| *seconds > 0);
            self.keep_alive =
                seconds.map(|seconds: u64| Duration::from_secs(seconds.max(LEAST_KEEP_ALIVE)));
        }
        if text(EXTENSIONS).is_some_and(|extension| extension.starts_with("grip")) {
            self.speaks_grip = true;
        }
        for (name, value) in headers {
            let Some(name) = name.as_str().strip_prefix(SET_META) else {
                continue;
            };
            let Ok(name) = HeaderName::try_from(format!("meta-{name}")) else {
                continue;
            };
            if value.is_empty() {
                self.meta.remove(name);
            } else {
                self.meta.insert(name, value.clone());
            }
        }
    }
}

fn refusal(status: StatusCode, said: &str) -> Refusal {
    let mut response = Response::new(Bytes::copy_from_slice(said.as_bytes()));
    *response.status_mut() = status;
    Refusal(Box::new(response))
}
