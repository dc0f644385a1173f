//! The component as a function from request to answer.

use crate::{
    arming::Armer,
    endpoints::{deliver, erase, job, metrics, replay, sweep},
    handler::Keeper,
    routes::{Route, routes},
    storage::MIGRATIONS,
};
use bytes::Bytes;
use duebell_dapr::{Sidecar, Transport};
use duebell_edge::{Failure, Sleep, Spawn, most_body, must_show_token};
use duebell_events::{Event, HandleError, Outcome, Topic, source};
use duebell_publisher::{Relay, publish_in_background};
use duebell_service::{Clock, Entropy, Logger, Router, TraceContext, router::Conflict};
use duebell_store::{Backend, Store};
use duebell_subscriber::{History, Publisher, Subscriber};
use http::{HeaderMap, Request, Response};
use std::rc::Rc;

/// What a component cannot make by itself.
pub struct Parts<T> {
    /// What deliveries, jobs, sweeps and other components show, and what publishers
    /// want to see.
    pub app_api_token: String,
    /// The sidecar.
    pub sidecar: Rc<Sidecar<T>>,
    /// Where missing events are fetched.
    pub publishers: Vec<Publisher>,
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
    /// Waits.
    pub sleep: Sleep,
}

/// reminder-trigger. One for each instance.
pub struct App<T> {
    pub(crate) store: Store,
    pub(crate) subscriber: Subscriber<Keeper, T>,
    pub(crate) relay: Rc<Relay<T>>,
    pub(crate) armer: Rc<Armer<T>>,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) logger: Logger,
    history: duebell_publisher::History,
    app_api_token: String,
    entropy: Rc<dyn Entropy>,
    router: Router<Route>,
    spawn: Spawn,
}

/// The publishers whose events reminder-trigger takes, at these origins.
#[must_use]
pub fn publishers(task_api_url: &str) -> Vec<Publisher> {
    vec![Publisher::component(
        source::TASK_API,
        "task-api",
        task_api_url,
        &[Topic::ReminderEvents],
    )]
}

impl<T: Transport + 'static> App<T> {
    /// reminder-trigger on this database, with these parts.
    ///
    /// # Errors
    /// Two routes are the same, which a test finds.
    pub fn new(database: impl Backend, parts: Parts<T>) -> Result<Self, Conflict> {
        let store = Store::new(database, MIGRATIONS);
        let relay = Relay::new(
            store.clone(),
            Rc::clone(&parts.sidecar),
            source::REMINDER_TRIGGER,
            Rc::clone(&parts.clock),
            parts.sleep,
            &*parts.entropy,
        );
        let history = History::new(
            parts.publishers,
            parts.app_api_token.clone(),
            parts.transport,
            Rc::clone(&parts.entropy),
        );
        let keeper = Keeper::new(Rc::clone(&parts.clock));
        Ok(Self {
            subscriber: Subscriber::new(store.clone(), keeper, history, Rc::clone(&parts.clock)),
            relay: Rc::new(relay),
            armer: Rc::new(Armer::new(
                store.clone(),
                parts.sidecar,
                Rc::clone(&parts.clock),
            )),
            history: duebell_publisher::History::new(
                store.clone(),
                source::REMINDER_TRIGGER,
                Rc::clone(&parts.clock),
            ),
            store,
            clock: parts.clock,
            logger: parts.logger,
            app_api_token: parts.app_api_token,
            entropy: parts.entropy,
            router: routes()?,
            spawn: parts.spawn,
        })
    }

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
        self.follow_up();
        outcome
    }

    async fn route(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let (route, _) = self
            .router
            .endpoint(request.method(), request.uri().path())?;
        must_show_token(request.headers(), &self.app_api_token)?;
        match route {
            Route::Deliver(topic) => Ok(deliver::deliver(self, topic, request.body()).await),
            Route::Job => job::job(self, request.body()).await,
            Route::Sweep => sweep::sweep(self).await,
            Route::Heads => self.history.heads(request.uri()).await,
            Route::Events => self.history.events(request.uri()).await,
            Route::Metrics => metrics::metrics(self).await,
            Route::Inbox => self.subscriber.inbox(request.uri()).await,
            Route::Erase => erase::erase_user(self, request.body()).await,
            Route::Replay(topic) => replay::replay(self, topic, request.body()).await,
        }
    }

    /// What can wait until after the answer: publishing what rang, and telling the
    /// scheduler what is to ring.
    pub(crate) fn follow_up(&self) {
        publish_in_background(&self.relay, &self.spawn, &self.logger);
        self.armer.arm_in_background(&self.spawn, &self.logger);
    }

    /// The same for what only rang.
    pub(crate) fn publish(&self) {
        publish_in_background(&self.relay, &self.spawn, &self.logger);
    }
}
