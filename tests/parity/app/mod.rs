//! The app of the suite: says what it subscribes to, keeps every request, and answers as
//! a case tells it.

mod reply;
mod server;

pub(crate) use reply::Reply;

use crate::harness::free_port;
use bytes::Bytes;
use hyper::{HeaderMap, Method};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What is asked for the app's health.
pub(crate) const HEALTH: &str = "/.well-known/spin/health";

/// How long a case waits for what should come. The machine may be slow.
const PATIENCE: Duration = Duration::from_secs(45);

/// A request that the app got.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) at: Instant,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// The path alone.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The entries of a bulk delivery; none if it is none.
    pub(crate) fn entries(&self) -> Vec<Value> {
        let body = self.json();
        body["entries"].as_array().cloned().unwrap_or_default()
    }
}

/// The app beside one sidecar.
pub(crate) struct App {
    pub(crate) port: u16,
    inner: Arc<Inner>,
    /// Ends the server and its connections.
    running: Mutex<CancellationToken>,
}

struct Inner {
    calls: watch::Sender<Vec<Arc<Call>>>,
    /// By path: the replies that are left. The last one stays.
    replies: Mutex<HashMap<String, Vec<Reply>>>,
}

impl App {
    /// An app at a free port where nobody listens yet.
    pub(crate) fn new(discovery: (u16, String)) -> Self {
        let app = Self {
            port: free_port(),
            inner: Arc::new(Inner {
                calls: watch::Sender::new(Vec::new()),
                replies: Mutex::default(),
            }),
            running: Mutex::default(),
        };
        let (status, body) = discovery;
        app.answers("/dapr/subscribe", [Reply::of(status, body)]);
        app.answers("/dapr/config", [Reply::of(404, "")]);
        app
    }

    /// Listens.
    pub(crate) fn comes(&self) {
        let running = CancellationToken::new();
        *self.running.lock().unwrap() = running.clone();
        server::start(self.port, self.inner.clone(), running);
    }

    /// Nobody listens any more, and connections break.
    pub(crate) fn goes_away(&self) {
        self.running.lock().unwrap().cancel();
    }

    /// How requests of this path are answered from now on, one after the other.
    pub(crate) fn answers(&self, path: &str, replies: impl Into<Vec<Reply>>) {
        let mut scripts = self.inner.replies.lock().unwrap();
        scripts.insert(path.to_owned(), replies.into());
    }

    /// What its health check says from now on.
    pub(crate) fn is_healthy(&self, healthy: bool) {
        let status = if healthy { 200 } else { 503 };
        self.answers(HEALTH, [Reply::of(status, "")]);
    }

    /// What has come to this path by now, in order.
    pub(crate) fn calls_by_now(&self, path: &str) -> Vec<Arc<Call>> {
        let calls = self.inner.calls.borrow();
        let calls = calls.iter().filter(|call| call.path() == path);
        calls.cloned().collect()
    }

    /// Everything that has come by now, in order.
    pub(crate) fn everything(&self) -> Vec<Arc<Call>> {
        self.inner.calls.borrow().clone()
    }

    /// Waits until this is found in what came.
    pub(crate) async fn until<T>(
        &self,
        what: &str,
        mut find: impl FnMut(&[Arc<Call>]) -> Option<T>,
    ) -> T {
        let mut calls = self.inner.calls.subscribe();
        let search = async {
            loop {
                if let Some(found) = find(&calls.borrow_and_update()) {
                    return found;
                }
                calls.changed().await.unwrap();
            }
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.unwrap_or_else(|_| panic!("in vain, for {PATIENCE:?}: {what}"))
    }

    /// The first so many calls of this path.
    pub(crate) async fn calls(&self, path: &str, count: usize) -> Vec<Arc<Call>> {
        let what = format!("{count} requests of {path}");
        let calls = self.until(&what, |calls| {
            let calls = calls.iter().filter(|call| call.path() == path);
            let calls: Vec<_> = calls.take(count).cloned().collect();
            (calls.len() == count).then_some(calls)
        });
        calls.await
    }

    /// The first call of this path.
    pub(crate) async fn call(&self, path: &str) -> Arc<Call> {
        self.calls(path, 1).await.remove(0)
    }
}

impl Inner {
    /// Keeps a request, and says how it is answered.
    fn take(&self, call: Call) -> Reply {
        let call = Arc::new(call);
        let reply = self.reply(&call);
        self.calls.send_modify(|calls| calls.push(call));
        reply
    }

    fn reply(&self, call: &Call) -> Reply {
        if is_barrier(call) {
            return Reply::default();
        }
        let mut scripts = self.replies.lock().unwrap();
        match scripts.get_mut(call.path()) {
            Some(replies) if replies.len() > 1 => replies.remove(0),
            Some(replies) => replies.first().cloned().unwrap_or_default(),
            None => Reply::default(),
        }
    }
}

/// What marks an event that only shows that those before it are done with.
pub(crate) const BARRIER: &str = "what comes behind the others";

/// Whether it is such an event, delivered by itself.
fn is_barrier(call: &Call) -> bool {
    let text = call.text();
    text.contains(BARRIER) && !text.contains("\"entries\"")
}
