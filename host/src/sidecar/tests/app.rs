//! The app of the stories: says what it subscribes to, keeps what it is sent, and
//! answers as it is told.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::soon;

/// A request that the app got.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Call {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The entries of a bulk request.
    pub(super) fn entries(&self) -> Vec<Value> {
        self.json()["entries"].as_array().unwrap().clone()
    }
}

/// A status and a body.
type Answer = (u16, String);
/// The status of no answer at all.
pub(super) const SILENCE: u16 = 0;
/// The status of an answer, 200, that waits until the app lets go.
pub(super) const HELD: u16 = 1;
/// The status of an answer, 500, that waits until the app lets go.
pub(super) const HELD_TO_FAIL: u16 = 2;
type Behaviour = Box<dyn FnMut(&Call) -> Answer + Send>;

struct Inner {
    subscriptions: Value,
    calls: mpsc::UnboundedSender<Call>,
    behaviour: Mutex<Behaviour>,
    /// What its health check says.
    health: AtomicU16,
    lets_go: watch::Sender<bool>,
}

pub(super) struct TestApp {
    inner: Arc<Inner>,
    received: tokio::sync::Mutex<mpsc::UnboundedReceiver<Call>>,
    address: SocketAddr,
    running: CancellationToken,
}

impl TestApp {
    pub(super) async fn start(subscriptions: Value) -> Self {
        let (calls, received) = mpsc::unbounded_channel();
        let inner = Arc::new(Inner {
            subscriptions,
            calls,
            behaviour: Mutex::new(Box::new(success)),
            health: AtomicU16::new(200),
            lets_go: watch::Sender::new(false),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let running = CancellationToken::new();
        tokio::spawn(serve(listener, inner.clone(), running.clone()));
        Self {
            inner,
            received: tokio::sync::Mutex::new(received),
            address,
            running,
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it answers from now on.
    pub(super) fn answers(&self, behaviour: impl FnMut(&Call) -> Answer + Send + 'static) {
        *self.inner.behaviour.lock().unwrap() = Box::new(behaviour);
    }

    /// The next call that is neither health nor discovery.
    pub(super) async fn next(&self) -> Call {
        soon(async { self.received.lock().await.recv().await.unwrap() }).await
    }

    /// What has come by now.
    pub(super) async fn so_far(&self) -> Vec<Call> {
        let mut received = self.received.lock().await;
        std::iter::from_fn(|| received.try_recv().ok()).collect()
    }

    /// What its health check says from now on.
    pub(super) fn is_healthy(&self, healthy: bool) {
        let status = if healthy { 200 } else { 503 };
        self.inner.health.store(status, Ordering::Relaxed);
    }

    /// Gives the answers that are held.
    pub(super) fn lets_go(&self) {
        self.inner.lets_go.send_replace(true);
    }

    /// Goes away: nobody listens any more, and connections break.
    pub(super) fn goes_away(&self) {
        self.running.cancel();
    }

    /// Comes back at the same address.
    pub(super) async fn comes_back(&mut self) {
        self.running = CancellationToken::new();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        let listener = socket.listen(128).unwrap();
        tokio::spawn(serve(listener, self.inner.clone(), self.running.clone()));
    }
}

/// Takes everything, singly or in bulk.
pub(super) fn success(call: &Call) -> Answer {
    bulk(call, |_| "SUCCESS")
}

/// Answers each entry of a bulk request, and anything else with an empty 200.
pub(super) fn bulk(call: &Call, mut status: impl FnMut(&Value) -> &'static str) -> Answer {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let Some(entries) = body["entries"].as_array() else {
        return (200, String::new());
    };
    let statuses: Vec<Value> = entries
        .iter()
        .map(|entry| json!({ "entryId": entry["entryId"], "status": status(entry) }))
        .collect();
    (200, json!({ "statuses": statuses }).to_string())
}

async fn serve(listener: TcpListener, inner: Arc<Inner>, running: CancellationToken) {
    loop {
        let stream = tokio::select! {
            () = running.cancelled() => return,
            accepted = listener.accept() => accepted.unwrap().0,
        };
        stream.set_nodelay(true).unwrap();
        let (inner, running) = (inner.clone(), running.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let inner = inner.clone();
                async move { Ok::<_, Infallible>(answer(&inner, request).await) }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                () = running.cancelled() => {}
                _ = connection => {}
            }
        });
    }
}

async fn answer(inner: &Inner, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return respond((400, String::new()));
    };
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body: body.to_bytes(),
    };
    match call.path.as_str() {
        "/.well-known/spin/health" => {
            assert_eq!(call.header("duebell-sidecar"), "1");
            assert_eq!(
                call.header("dapr-api-token"),
                "",
                "the health check is asked without the token"
            );
            respond((inner.health.load(Ordering::Relaxed), String::new()))
        }
        "/dapr/config" => respond((404, String::new())),
        "/dapr/subscribe" => {
            assert_eq!(call.method, Method::GET);
            assert_eq!(call.header("dapr-api-token"), super::APP_TOKEN);
            if inner.subscriptions.is_null() {
                return respond((404, String::new()));
            }
            respond((200, inner.subscriptions.to_string()))
        }
        _ => {
            let answer = (inner.behaviour.lock().unwrap())(&call);
            inner.calls.send(call).unwrap();
            if answer.0 == SILENCE {
                std::future::pending::<()>().await;
            }
            if matches!(answer.0, HELD | HELD_TO_FAIL) {
                let mut lets_go = inner.lets_go.subscribe();
                lets_go.wait_for(|lets_go| *lets_go).await.unwrap();
                return respond((if answer.0 == HELD { 200 } else { 500 }, answer.1));
            }
            respond(answer)
        }
    }
}

fn respond((status, body): Answer) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .body(Full::new(Bytes::from(body)))
        .unwrap()
}
