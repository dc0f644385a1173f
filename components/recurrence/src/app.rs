//! The component as a function from request to answer.

use crate::{
    asking::Asker,
    endpoints::{deliver, erase, metrics, replay, sweep},
    handler::Noter,
    routes::{Route, routes},
    storage::MIGRATIONS,
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::{Failure, Spawn, most_body, must_show_token};
use duebell_events::{Event, HandleError, Outcome, Topic, source};
use duebell_service::{Clock, Entropy, Logger, Router, TraceContext, router::Conflict};
use duebell_store::{Backend, Store};
use duebell_subscriber::{History, Publisher, Subscriber};
use http::{HeaderMap, Request, Response};
use std::rc::Rc;

/// What a component cannot make by itself.
pub struct Parts<T> {
    /// What deliveries and sweeps show, and what task-api wants to see.
    pub app_api_token: String,
    /// Where task-api is: an origin.
    pub task_api_url: String,
    /// How requests get there.
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

/// recurrence. One for each instance.
pub struct App<T> {
    pub(crate) store: Store,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) subscriber: Subscriber<Noter, T>,
    pub(crate) asker: Rc<Asker<T>>,
    pub(crate) logger: Logger,
    app_api_token: String,
    entropy: Rc<dyn Entropy>,
    router: Router<Route>,
    spawn: Spawn,
}

/// The publishers whose events recurrence takes, at these origins.
#[must_use]
pub fn publishers(task_api_url: &str) -> Vec<Publisher> {
    vec![Publisher::component(
        source::TASK_API,
        "task-api",
        task_api_url,
        &[Topic::TaskEvents],
    )]
}

impl<T: Transport + Clone + 'static> App<T> {
    /// recurrence on this database, with these parts.
    ///
    /// # Errors
    /// Two routes are the same, which a test finds.
    pub fn new(database: impl Backend, parts: Parts<T>) -> Result<Self, Conflict> {
        let store = Store::new(database, MIGRATIONS);
        let history = History::new(
            publishers(&parts.task_api_url),
            parts.app_api_token.clone(),
            parts.transport.clone(),
            Rc::clone(&parts.entropy),
        );
        let asker = Asker::new(
            store.clone(),
            &parts.task_api_url,
            parts.app_api_token.clone(),
            parts.transport,
            Rc::clone(&parts.clock),
            Rc::clone(&parts.entropy),
            parts.logger.clone(),
        );
        let noter = Noter::new(Rc::clone(&parts.clock));
        Ok(Self {
            subscriber: Subscriber::new(store.clone(), noter, history, Rc::clone(&parts.clock)),
            store,
            clock: parts.clock,
            asker: Rc::new(asker),
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
        self.ask();
        outcome
    }

    async fn route(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let (route, _) = self
            .router
            .endpoint(request.method(), request.uri().path())?;
        must_show_token(request.headers(), &self.app_api_token)?;
        match route {
            Route::Deliver(topic) => Ok(deliver::deliver(self, topic, request.body()).await),
            Route::Sweep => sweep::sweep(self).await,
            Route::Metrics => metrics::metrics(self).await,
            Route::Inbox => self.subscriber.inbox(request.uri()).await,
            Route::Erase => erase::erase_user(self, request.body()).await,
            Route::Replay(topic) => replay::replay(self, topic, request.body()).await,
        }
    }

    /// Asks for what is wanted, after the answer.
    pub(crate) fn ask(&self) {
        self.asker.ask_in_background(&self.spawn);
    }
}
