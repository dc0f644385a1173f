//! The component as a function from request to answer.

use crate::{
    endpoints::{deliver, list, metrics, sweep, tasks},
    handler::Auditor,
    routes::{Route, routes},
    storage::MIGRATIONS,
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::{Failure, most_body, must_show_token};
use duebell_events::{Event, HandleError, Outcome, Topic, source};
use duebell_service::{
    Clock, CursorCodec, Entropy, Logger, Router, TokenVerifier, TraceContext, router::Conflict,
};
use duebell_store::{Backend, Store};
use duebell_subscriber::{History, Publisher, Subscriber};
use http::{HeaderMap, Request, Response};
use std::rc::Rc;

/// What a component cannot make by itself.
pub struct Parts<T> {
    /// Who users are.
    pub verifier: TokenVerifier,
    /// What deliveries, sweeps and other components show, and what publishers want to
    /// see.
    pub app_api_token: String,
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
}

/// audit-sink. One for each instance.
pub struct App<T> {
    pub(crate) store: Store,
    pub(crate) subscriber: Subscriber<Auditor, T>,
    pub(crate) cursors: CursorCodec,
    pub(crate) logger: Logger,
    verifier: TokenVerifier,
    app_api_token: String,
    clock: Rc<dyn Clock>,
    entropy: Rc<dyn Entropy>,
    router: Router<Route>,
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
            &[Topic::TaskEvents, Topic::ReminderEvents],
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

impl<T: Transport> App<T> {
    /// audit-sink on this database, with these parts.
    ///
    /// # Errors
    /// Two routes are the same, which a test finds.
    pub fn new(database: impl Backend, parts: Parts<T>) -> Result<Self, Conflict> {
        let store = Store::new(database, MIGRATIONS);
        let auditor = Auditor::new(Rc::clone(&parts.clock), Rc::clone(&parts.entropy));
        let history = History::new(
            parts.publishers,
            parts.app_api_token.clone(),
            parts.transport,
            Rc::clone(&parts.entropy),
        );
        Ok(Self {
            subscriber: Subscriber::new(store.clone(), auditor, history, Rc::clone(&parts.clock)),
            store,
            cursors: CursorCodec::new(parts.app_api_token.as_bytes()),
            logger: parts.logger,
            verifier: parts.verifier,
            app_api_token: parts.app_api_token,
            clock: parts.clock,
            entropy: parts.entropy,
            router: routes()?,
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

    /// Handles one event: what the WIT handlers export.
    ///
    /// # Errors
    /// Why it was not handled.
    pub async fn handle_event(&self, event: Event) -> Result<Outcome, HandleError> {
        self.subscriber.handle_bare(event).await
    }

    async fn route(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let (route, _) = self
            .router
            .endpoint(request.method(), request.uri().path())?;
        match route {
            Route::List => {
                let user = self.verifier.verify(request.headers(), self.clock.now())?;
                list::list(self, request.uri(), &user).await
            }
            Route::Deliver(topic) => {
                must_show_token(request.headers(), &self.app_api_token)?;
                Ok(deliver::deliver(self, topic, request.body()).await)
            }
            Route::Sweep => {
                must_show_token(request.headers(), &self.app_api_token)?;
                sweep::sweep(self).await
            }
            Route::Inbox => {
                must_show_token(request.headers(), &self.app_api_token)?;
                self.subscriber.inbox(request.uri()).await
            }
            Route::Replay(topic) => {
                must_show_token(request.headers(), &self.app_api_token)?;
                self.subscriber.replay(topic, request.body()).await
            }
            Route::Metrics => {
                must_show_token(request.headers(), &self.app_api_token)?;
                metrics::metrics(self).await
            }
            Route::Tasks => {
                must_show_token(request.headers(), &self.app_api_token)?;
                tasks::tasks(self, request.uri()).await
            }
        }
    }
}
