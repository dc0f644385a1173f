//! The component as a function from request to answer.

use crate::{
    endpoints::{deliver, erase, list, metrics, read, read_all, replay, show, sweep},
    handler::Notifier,
    routes::{InternalRoute, Route, UserRoute, routes},
    storage::MIGRATIONS,
};
use bytes::Bytes;
use duebell_callers::{Access, Budget, Callers};
use duebell_dapr::{Sidecar, Transport};
use duebell_edge::{Failure, Sleep, Spawn, most_body, must_show_token};
use duebell_erasures::reader_must_not_be_erased;
use duebell_events::{Event, HandleError, Outcome, Topic, source};
use duebell_publisher::{Relay, publish_in_background};
use duebell_service::{
    Clock, CursorCodec, Entropy, Logger, Router, TraceContext, router::Conflict,
};
use duebell_store::{Backend, Store};
use duebell_subscriber::{History, Publisher, Subscriber};
use http::{HeaderMap, Request, Response};
use std::rc::Rc;

/// What a component cannot make by itself.
pub struct Parts<T> {
    /// Who users are.
    pub access: Access,
    /// What deliveries, sweeps and other components show, and what publishers want
    /// to see.
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

/// notifier. One for each instance.
pub struct App<T> {
    pub(crate) store: Store,
    pub(crate) subscriber: Subscriber<Notifier, T>,
    pub(crate) relay: Rc<Relay<T>>,
    pub(crate) cursors: CursorCodec,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) logger: Logger,
    history: duebell_publisher::History,
    callers: Callers,
    app_api_token: String,
    entropy: Rc<dyn Entropy>,
    router: Router<Route>,
    spawn: Spawn,
}

/// The publishers whose events notifier takes, at these origins.
#[must_use]
pub fn publishers(task_api_url: &str, reminder_trigger_url: &str) -> Vec<Publisher> {
    vec![
        Publisher::component(
            source::TASK_API,
            "task-api",
            task_api_url,
            &[Topic::TaskEvents, Topic::ReminderEvents],
        ),
        Publisher::component(
            source::REMINDER_TRIGGER,
            "reminder-trigger",
            reminder_trigger_url,
            &[Topic::ReminderEvents],
        ),
    ]
}

impl<T: Transport + 'static> App<T> {
    /// notifier on this database, with these parts.
    ///
    /// # Errors
    /// Two routes are the same, which a test finds.
    pub fn new(database: impl Backend, parts: Parts<T>) -> Result<Self, Conflict> {
        let store = Store::new(database, MIGRATIONS);
        let callers = Callers::new(parts.access, &store, &parts.clock, &parts.logger);
        let relay = Relay::new(
            store.clone(),
            parts.sidecar,
            source::NOTIFIER,
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
        let notifier = Notifier::new(Rc::clone(&parts.clock), Rc::clone(&parts.entropy));
        Ok(Self {
            subscriber: Subscriber::new(store.clone(), notifier, history, Rc::clone(&parts.clock)),
            relay: Rc::new(relay),
            history: duebell_publisher::History::new(
                store.clone(),
                source::NOTIFIER,
                Rc::clone(&parts.clock),
            ),
            store,
            cursors: CursorCodec::new(parts.app_api_token.as_bytes()),
            clock: parts.clock,
            logger: parts.logger,
            callers,
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
        let mut budget = None;
        let result = self.route(&request, &mut budget).await;
        Budget::tell(budget, Failure::answer(result, &self.logger, trace))
    }

    /// Handles one event: what the WIT handlers export.
    ///
    /// # Errors
    /// Why it was not handled.
    pub async fn handle_event(&self, event: Event) -> Result<Outcome, HandleError> {
        let outcome = self.subscriber.handle_bare(event).await;
        self.publish();
        outcome
    }

    async fn route(
        &self,
        request: &Request<Bytes>,
        budget: &mut Option<Budget>,
    ) -> Result<Response<Bytes>, Failure> {
        let (route, parameters) = self
            .router
            .endpoint(request.method(), request.uri().path())?;
        let id = parameters.get("id").unwrap_or_default();
        match route {
            Route::User(route) => {
                let user = self.callers.admit(request.headers(), budget).await?.user;
                reader_must_not_be_erased(&self.store, &user.id).await?;
                match route {
                    UserRoute::List => list::list(self, request.uri(), &user).await,
                    UserRoute::Show => show::show(self, &user, id).await,
                    UserRoute::Read => read::read(self, &user, id).await,
                    UserRoute::ReadAll => read_all::read_all(self, request, &user).await,
                }
            }
            Route::Internal(route) => {
                must_show_token(request.headers(), &self.app_api_token)?;
                match route {
                    InternalRoute::Deliver(topic) => {
                        Ok(deliver::deliver(self, topic, request.body()).await)
                    }
                    InternalRoute::Sweep => sweep::sweep(self).await,
                    InternalRoute::Heads => self.history.heads(request.uri()).await,
                    InternalRoute::Events => self.history.events(request.uri()).await,
                    InternalRoute::Metrics => metrics::metrics(self).await,
                    InternalRoute::Inbox => self.subscriber.inbox(request.uri()).await,
                    InternalRoute::Erase => erase::erase_user(self, request.body()).await,
                    InternalRoute::Replay(topic) => {
                        replay::replay(self, topic, request.body()).await
                    }
                }
            }
        }
    }

    /// Publishes in the background what is in the outbox.
    pub(crate) fn publish(&self) {
        publish_in_background(&self.relay, &self.spawn, &self.logger);
    }
}
