//! The component as a function from request to answer.

use crate::{
    checkpoints::Checkpoints,
    endpoints::{checkpoints, deliver, erase, export, keys, list, metrics, sweep, tasks},
    handler::Auditor,
    routes::{InternalRoute, Route, UserRoute, routes},
    storage::MIGRATIONS,
};
use bytes::Bytes;
use duebell_callers::{Access, Budget, Callers};
use duebell_dapr::{Sidecar, Transport};
use duebell_edge::{Failure, Sleep, Spawn, most_body, must_show_token, streaming::Answer};
use duebell_erasures::reader_must_not_be_erased;
use duebell_events::{Event, HandleError, Outcome, Topic, source};
use duebell_publisher::{Relay, publish_in_background};
use duebell_service::{
    Clock, CursorCodec, Entropy, Logger, Router, TraceContext, router::Conflict,
};
use duebell_store::{Backend, Store};
use duebell_subscriber::{History, Publisher, Subscriber};
use http::{HeaderMap, Request};
use std::rc::Rc;

/// What a component cannot make by itself.
pub struct Parts<T> {
    /// Who users are.
    pub access: Access,
    /// What deliveries, sweeps and other components show, and what publishers want to
    /// see.
    pub app_api_token: String,
    /// The sidecar.
    pub sidecar: Rc<Sidecar<T>>,
    /// When checkpoints are made; none: they are not.
    pub checkpoints: Option<Checkpoints>,
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

/// audit-sink. One for each instance.
pub struct App<T> {
    pub(crate) store: Store,
    pub(crate) subscriber: Subscriber<Auditor, T>,
    pub(crate) cursors: CursorCodec,
    pub(crate) logger: Logger,
    pub(crate) relay: Rc<Relay<T>>,
    pub(crate) checkpoints: Option<Checkpoints>,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) entropy: Rc<dyn Entropy>,
    pub(crate) sleep: Sleep,
    history: duebell_publisher::History,
    callers: Callers,
    app_api_token: String,
    router: Router<Route>,
    spawn: Spawn,
}

/// The publishers whose events audit-sink takes, at these origins.
#[must_use]
pub fn publishers(
    task_api_url: &str,
    reminder_trigger_url: &str,
    dead_letters_url: &str,
) -> Vec<Publisher> {
    vec![
        Publisher::component(
            source::TASK_API,
            "task-api",
            task_api_url,
            &[Topic::TaskEvents, Topic::ReminderEvents, Topic::AuditEvents],
        ),
        Publisher::component(
            source::REMINDER_TRIGGER,
            "reminder-trigger",
            reminder_trigger_url,
            &[Topic::ReminderEvents],
        ),
        Publisher::component(
            source::DEAD_LETTERS,
            "dead-letters",
            dead_letters_url,
            &[Topic::AuditEvents],
        ),
    ]
}

impl<T: Transport + 'static> App<T> {
    /// audit-sink on this database, with these parts.
    ///
    /// # Errors
    /// Two routes are the same, which a test finds.
    pub fn new(database: impl Backend, parts: Parts<T>) -> Result<Self, Conflict> {
        let store = Store::new(database, MIGRATIONS);
        let callers = Callers::new(parts.access, &store, &parts.clock, &parts.logger);
        let relay = Relay::new(
            store.clone(),
            parts.sidecar,
            source::AUDIT_SINK,
            Rc::clone(&parts.clock),
            Rc::clone(&parts.sleep),
            &*parts.entropy,
        );
        let auditor = Auditor::new(Rc::clone(&parts.clock), Rc::clone(&parts.entropy));
        let history = History::new(
            parts.publishers,
            parts.app_api_token.clone(),
            parts.transport,
            Rc::clone(&parts.entropy),
        );
        Ok(Self {
            subscriber: Subscriber::new(store.clone(), auditor, history, Rc::clone(&parts.clock)),
            relay: Rc::new(relay),
            history: duebell_publisher::History::new(
                store.clone(),
                source::AUDIT_SINK,
                Rc::clone(&parts.clock),
            ),
            store,
            checkpoints: parts.checkpoints,
            sleep: parts.sleep,
            cursors: CursorCodec::new(parts.app_api_token.as_bytes()),
            logger: parts.logger,
            callers,
            app_api_token: parts.app_api_token,
            clock: parts.clock,
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
    pub async fn handle(&self, request: Request<Bytes>) -> Answer {
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
        self.subscriber.handle_bare(event).await
    }

    async fn route(
        &self,
        request: &Request<Bytes>,
        budget: &mut Option<Budget>,
    ) -> Result<Answer, Failure> {
        let (route, _) = self
            .router
            .endpoint(request.method(), request.uri().path())?;
        let whole = match route {
            Route::User(route) => {
                let user = self.callers.admit(request.headers(), budget).await?.user;
                reader_must_not_be_erased(&self.store, &user.id).await?;
                match route {
                    UserRoute::List => list::list(self, request.uri(), &user).await,
                    UserRoute::Checkpoints => checkpoints::checkpoints(self, request.uri()).await,
                    UserRoute::Export => return export::export(self, request, &user).await,
                }
            }
            Route::Keys => keys::keys(self).await,
            Route::Internal(route) => {
                must_show_token(request.headers(), &self.app_api_token)?;
                match route {
                    InternalRoute::Deliver(topic) => {
                        Ok(deliver::deliver(self, topic, request.body()).await)
                    }
                    InternalRoute::Sweep => sweep::sweep(self).await,
                    InternalRoute::Heads => self.history.heads(request.uri()).await,
                    InternalRoute::Events => self.history.events(request.uri()).await,
                    InternalRoute::Inbox => self.subscriber.inbox(request.uri()).await,
                    InternalRoute::Replay(topic) => {
                        self.subscriber.replay(topic, request.body()).await
                    }
                    InternalRoute::Metrics => metrics::metrics(self).await,
                    InternalRoute::Erase => erase::erase_user(self, request.body()).await,
                    InternalRoute::Tasks => tasks::tasks(self, request.uri()).await,
                }
            }
        };
        whole.map(Answer::Whole)
    }

    /// Publishes in the background what is in the outbox.
    pub(crate) fn publish(&self) {
        publish_in_background(&self.relay, &self.spawn, &self.logger);
    }
}
