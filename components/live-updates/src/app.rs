//! The component as a function from request to answer.

use crate::{
    broadcasting::{Broadcaster, Proxy},
    endpoints::{deliver, erase, metrics, replay, restored, sweep},
    handler::Logbook,
    routes::{Route, routes},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::{Failure, Spawn, most_body, must_show_token};
use duebell_events::{Event, HandleError, Outcome, Topic, source};
use duebell_service::{Clock, Entropy, Logger, Router, TraceContext, router::Conflict};
use duebell_store::{Backend, Store};
use duebell_subscriber::{History, Publisher, Subscriber};
use duebell_updates::MIGRATIONS;
use http::{HeaderMap, Request, Response};
use std::rc::Rc;

/// What a component cannot make by itself.
pub struct Parts<T> {
    /// What deliveries, sweeps and other components show, and what publishers want to
    /// see.
    pub app_api_token: String,
    /// Where missing events are fetched.
    pub publishers: Vec<Publisher>,
    /// The proxy that holds the WebSockets, if there are any.
    pub proxy: Option<Proxy>,
    /// How requests get to both.
    pub transport: T,
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub entropy: Rc<dyn Entropy>,
    /// Where logs go.
    pub logger: Logger,
    /// Runs work after the answer.
    pub spawn: Spawn,
}

/// live-updates. One for each instance.
pub struct App<T> {
    pub(crate) store: Store,
    pub(crate) subscriber: Subscriber<Logbook, T>,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) logger: Logger,
    broadcaster: Option<Rc<Broadcaster<T>>>,
    app_api_token: String,
    entropy: Rc<dyn Entropy>,
    router: Router<Route>,
    spawn: Spawn,
}

/// The publishers whose updates live-updates takes, at these origins.
#[must_use]
pub fn publishers(task_api_url: &str, notifier_url: &str) -> Vec<Publisher> {
    let topics = &[Topic::TaskUpdates];
    vec![
        Publisher::component(source::TASK_API, "task-api", task_api_url, topics),
        Publisher::component(source::NOTIFIER, "notifier", notifier_url, topics),
    ]
}

impl<T: Transport + Clone + 'static> App<T> {
    /// live-updates on this database, with these parts.
    ///
    /// # Errors
    /// Two routes are the same, which a test finds.
    pub fn new(database: impl Backend, parts: Parts<T>) -> Result<Self, Conflict> {
        let store = Store::new(database, MIGRATIONS);
        let logbook = Logbook {
            clock: Rc::clone(&parts.clock),
        };
        let history = History::new(
            parts.publishers,
            parts.app_api_token.clone(),
            parts.transport.clone(),
            Rc::clone(&parts.entropy),
        );
        let broadcaster = parts.proxy.map(|proxy| {
            Rc::new(Broadcaster::new(
                store.clone(),
                proxy,
                parts.transport,
                Rc::clone(&parts.clock),
                &*parts.entropy,
                parts.logger.clone(),
            ))
        });
        Ok(Self {
            subscriber: Subscriber::new(store.clone(), logbook, history, Rc::clone(&parts.clock)),
            store,
            broadcaster,
            clock: parts.clock,
            logger: parts.logger,
            app_api_token: parts.app_api_token,
            entropy: parts.entropy,
            router: routes()?,
            spawn: parts.spawn,
        })
    }
}

impl<T: Transport + 'static> App<T> {
    /// How long a request's body may be, in bytes.
    pub fn most_body(&self, headers: &HeaderMap) -> usize {
        most_body(headers, &self.app_api_token)
    }

    /// Answers a request. Never fails: a problem is an answer, too.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let trace = TraceContext::from_headers(request.headers(), &*self.entropy);
        Failure::answer(self.route(&request).await, &self.logger, trace)
    }

    /// Handles one event: what the WIT handler exports.
    ///
    /// # Errors
    /// Why it was not handled.
    pub async fn handle_event(&self, event: Event) -> Result<Outcome, HandleError> {
        let outcome = self.subscriber.handle_bare(event).await;
        self.broadcast();
        outcome
    }

    async fn route(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let (route, _) = self
            .router
            .endpoint(request.method(), request.uri().path())?;
        must_show_token(request.headers(), &self.app_api_token)?;
        match route {
            Route::Deliver => Ok(deliver::deliver(self, request.body()).await),
            Route::Sweep => sweep::sweep(self).await,
            Route::Metrics => metrics::metrics(self).await,
            Route::Inbox => self.subscriber.inbox(request.uri()).await,
            Route::Erase => erase::erase_user(self, request.body()).await,
            Route::Restored => restored::restored(self).await,
            Route::Replay => replay::replay(self, request.body()).await,
        }
    }

    /// Broadcasts in the background what is new in the log.
    pub(crate) fn broadcast(&self) {
        if let Some(broadcaster) = &self.broadcaster {
            broadcaster.broadcast_in_background(&self.spawn);
        }
    }
}
