//! A scheduler, a broker, and publishers of whom nothing is missing.

use bytes::Bytes;
use duebell_dapr::{Transport, TransportError};
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

/// A sidecar as far as components use it. It also answers for the history of other
/// components, of whom nothing is missing.
#[derive(Default)]
pub struct FakeSidecar {
    /// Jobs by name, as they were asked for.
    pub jobs: RefCell<BTreeMap<String, Value>>,
    /// The data of the events that were published, in their order.
    pub published: RefCell<Vec<Value>>,
    /// How components said that they are, the last time.
    pub health: RefCell<BTreeMap<String, Value>>,
    /// Whether nobody answers.
    pub is_away: Cell<bool>,
    /// How many requests about jobs there were.
    pub asked_about_jobs: Cell<usize>,
}

impl FakeSidecar {
    /// The names of the jobs.
    #[must_use]
    pub fn job_names(&self) -> Vec<String> {
        self.jobs.borrow().keys().cloned().collect()
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        if path.ends_with("/outbox/heads") {
            return ok(&json!({ "heads": [], "next": 0, "more": false }));
        }
        if path.ends_with("/outbox/events") {
            return ok(&json!({ "events": [] }));
        }
        if request.method() == Method::PUT && path.starts_with("/internal/task-api/health/") {
            let component = path.rsplit('/').next().unwrap_or_default();
            self.health
                .borrow_mut()
                .insert(component.to_owned(), read(request));
            return with(StatusCode::NO_CONTENT, Bytes::new());
        }
        if let Some(name) = path.strip_prefix("/v1.0/jobs/") {
            return self.job(request, name);
        }
        if path.starts_with("/v1.0/publish/bulk/pubsub-kafka/") {
            let entries = read(request);
            let data = entries
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|entry| entry.pointer("/event/data").cloned());
            self.published.borrow_mut().extend(data);
            return with(StatusCode::NO_CONTENT, Bytes::new());
        }
        panic!("nobody expects a request for {path}");
    }

    fn job(&self, request: &Request<Bytes>, name: &str) -> Response<Bytes> {
        self.asked_about_jobs.set(self.asked_about_jobs.get() + 1);
        let mut jobs = self.jobs.borrow_mut();
        match *request.method() {
            Method::POST => drop(jobs.insert(name.to_owned(), read(request))),
            Method::DELETE => drop(jobs.remove(name)),
            _ => {
                return jobs.get(name).map_or_else(
                    || {
                        let body = json!({ "errorCode": "DAPR_SCHEDULER_GET_JOB", "message": "job not found" });
                        with(StatusCode::INTERNAL_SERVER_ERROR, body.to_string())
                    },
                    ok,
                );
            }
        }
        with(StatusCode::NO_CONTENT, Bytes::new())
    }
}

fn read(request: &Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap_or_else(|error| panic!("no JSON: {error}"))
}

fn ok(body: &Value) -> Response<Bytes> {
    with(StatusCode::OK, body.to_string())
}

fn with(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

/// The way to a [`FakeSidecar`].
#[derive(Clone)]
pub struct Wire(pub Rc<FakeSidecar>);

impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if self.0.is_away.get() {
            return Err(TransportError::Failed("connection refused".to_owned()));
        }
        Ok(self.0.answer(&request))
    }
}
