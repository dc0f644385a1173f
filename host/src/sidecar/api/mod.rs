//! The sidecar's HTTP interface: `/v1.0/…`.
//!
//! Every route but the two health checks wants the header `dapr-api-token`, unknown
//! ones too.

mod body;
pub(super) mod bulk;
mod errors;
mod health;
mod job_errors;
mod jobs;
mod metadata;
pub(super) mod publish;
mod query;

use std::sync::{Arc, PoisonError, RwLock};

use http::header::HeaderValue;
use http::{HeaderMap, Method, Request};
use hyper::body::Incoming;
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::app::{App, TOKEN_HEADER};
use super::broker::Broker;
use super::jobs::Jobs;
use super::metrics::SidecarMetrics;
use super::resources::Resources;
use super::subscriptions::Subscription;
use super::trace::Trace;
use crate::http::plain;
use body::whole;
use errors::Answer;
use publish::Target;

/// Serves until `state.stop`, then lets the requests that run end.
pub(crate) async fn serve(listener: TcpListener, state: Arc<State>) {
    let stop = state.stop.clone();
    plain::serve(listener, stop, "the sidecar", move |request| {
        let state = state.clone();
        async move { handle(&state, request).await }
    })
    .await;
}

/// What the routes need.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) app_id: String,
    pub(crate) token: String,
    pub(crate) resources: Arc<Resources>,
    pub(crate) broker: Broker,
    pub(crate) jobs: Jobs,
    pub(crate) app: Arc<App>,
    pub(crate) subscriptions: RwLock<Arc<[Subscription]>>,
    /// The app was there at least once.
    pub(crate) ready: std::sync::atomic::AtomicBool,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: SidecarMetrics,
}

impl State {
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(std::sync::atomic::Ordering::Acquire)
    }

    pub(crate) fn subscriptions(&self) -> Arc<[Subscription]> {
        self.subscriptions
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn lets_in(&self, headers: &HeaderMap) -> bool {
        let shown = headers
            .get(TOKEN_HEADER)
            .map(HeaderValue::as_bytes)
            .unwrap_or_default();
        !self.token.is_empty() && bool::from(shown.ct_eq(self.token.as_bytes()))
    }
}

/// A route of this interface.
enum Route {
    Healthz,
    HealthzOutbound,
    Metadata,
    Shutdown,
    Publish(Target),
    BulkPublish(Target),
    ScheduleJob(String),
    GetJob(String),
    DeleteJob(String),
    Unknown,
}

/// Answers a request.
async fn handle(state: &State, request: Request<Incoming>) -> Answer {
    if request.uri().path().contains("/healthz") {
        return dispatch(state, request, &Trace::default()).await; // Not traced, in Dapr.
    }
    let trace = Trace::of_request(request.headers());
    let baggage = request.headers().get("baggage").cloned();
    let mut answer = dispatch(state, request, &trace).await;
    trace.insert_into(answer.headers_mut());
    if let Some(baggage) = baggage {
        answer.headers_mut().insert("baggage", baggage);
    }
    answer
}

async fn dispatch(state: &State, request: Request<Incoming>, trace: &Trace) -> Answer {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let route = route(&parts.method, parts.uri.path(), query);
    match &route {
        Route::Healthz => return health::healthz(state, query),
        Route::HealthzOutbound => return health::outbound(),
        _ if !state.lets_in(&parts.headers) => return errors::unauthorized(),
        _ => {}
    }
    match route {
        Route::Metadata => metadata::metadata(state),
        Route::Shutdown => {
            tracing::info!("shutdown was asked for over HTTP");
            state.stop.cancel();
            errors::no_content()
        }
        Route::Publish(target) => {
            let body = whole(body).await;
            publish::publish(state, &target, &parts.headers, trace, body).await
        }
        Route::BulkPublish(target) => bulk::publish(state, &target, trace, whole(body).await).await,
        Route::ScheduleJob(name) => jobs::schedule(state, &name, whole(body).await).await,
        Route::GetJob(name) => jobs::get(state, &name).await,
        Route::DeleteJob(name) => jobs::delete(state, &name).await,
        Route::Healthz | Route::HealthzOutbound | Route::Unknown => errors::unknown_route(),
    }
}

fn route(method: &Method, path: &str, query: &str) -> Route {
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let is_publish = method == Method::POST || method == Method::PUT;
    match segments.as_slice() {
        ["v1.0", "healthz"] if method == Method::GET => Route::Healthz,
        ["v1.0", "healthz", "outbound"] if method == Method::GET => Route::HealthzOutbound,
        ["v1.0", "metadata"] if method == Method::GET => Route::Metadata,
        ["v1.0", "shutdown"] if method == Method::POST => Route::Shutdown,
        [
            "v1.0" | "v1.0-alpha1",
            "publish",
            "bulk",
            pubsub,
            topic @ ..,
        ] if is_publish && !topic.is_empty() => Route::BulkPublish(target(pubsub, topic, query)),
        ["v1.0", "publish", pubsub, topic @ ..] if is_publish && !topic.is_empty() => {
            Route::Publish(target(pubsub, topic, query))
        }
        ["v1.0" | "v1.0-alpha1", "jobs", name] => {
            let name = query::decode(name, false);
            match *method {
                Method::POST => Route::ScheduleJob(name),
                Method::GET => Route::GetJob(name),
                Method::DELETE => Route::DeleteJob(name),
                _ => Route::Unknown,
            }
        }
        _ => Route::Unknown,
    }
}

fn target(pubsub: &str, topic: &[&str], query: &str) -> Target {
    Target {
        pubsub: query::decode(pubsub, false),
        topic: query::decode(&topic.join("/"), false),
        metadata: query::metadata(query),
    }
}
