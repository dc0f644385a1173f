//! The component as a function from request to answer.

use crate::{
    audit::Audit,
    endpoints::{deliver, erase, metrics, progress, rebuild, search, sweep},
    handler::Indexer,
    rebuild::{Ran, Rebuild},
    routes::{InternalRoute, Route, routes},
    storage::MIGRATIONS,
};
use bytes::Bytes;
use duebell_callers::{Access, Budget, Callers};
use duebell_dapr::Transport;
use duebell_edge::{Failure, Spawn, most_body, must_show_token};
use duebell_erasures::reader_must_not_be_erased;
use duebell_events::{Event, HandleError, Outcome, Topic, source};
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
    /// What deliveries, sweeps and operators show, and what publishers want to see.
    pub app_api_token: String,
    /// Where missing events are fetched.
    pub publishers: Vec<Publisher>,
    /// How requests get there.
    pub transport: T,
    /// What a rebuild reads.
    pub audit: Audit<T>,
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub entropy: Rc<dyn Entropy>,
    /// Where logs go.
    pub logger: Logger,
    /// Runs work after the answer.
    pub spawn: Spawn,
}

/// search-indexer. One for each instance.
pub struct App<T> {
    pub(crate) store: Store,
    pub(crate) subscriber: Subscriber<Indexer, T>,
    pub(crate) rebuild: Rc<Rebuild<T>>,
    pub(crate) cursors: CursorCodec,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) logger: Logger,
    callers: Callers,
    app_api_token: String,
    entropy: Rc<dyn Entropy>,
    router: Router<Route>,
    spawn: Spawn,
}

/// The publishers whose events search-indexer takes, at this origin.
#[must_use]
pub fn publishers(task_api_url: &str) -> Vec<Publisher> {
    vec![Publisher::component(
        source::TASK_API,
        "task-api",
        task_api_url,
        &[Topic::TaskEvents],
    )]
}

impl<T: Transport + 'static> App<T> {
    /// search-indexer on this database, with these parts.
    ///
    /// # Errors
    /// Two routes are the same, which a test finds.
    pub fn new(database: impl Backend, parts: Parts<T>) -> Result<Self, Conflict> {
        let store = Store::new(database, MIGRATIONS);
        let callers = Callers::new(parts.access, &store, &parts.clock, &parts.logger);
        let history = History::new(
            parts.publishers,
            parts.app_api_token.clone(),
            parts.transport,
            Rc::clone(&parts.entropy),
        );
        let indexer = Indexer::new(Rc::clone(&parts.clock));
        let rebuild = Rebuild::new(
            store.clone(),
            parts.audit,
            Rc::clone(&parts.clock),
            &*parts.entropy,
        );
        Ok(Self {
            subscriber: Subscriber::new(store.clone(), indexer, history, Rc::clone(&parts.clock)),
            store,
            rebuild: Rc::new(rebuild),
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

    /// Handles one event: what the WIT handler exports.
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
    ) -> Result<Response<Bytes>, Failure> {
        let (route, _) = self
            .router
            .endpoint(request.method(), request.uri().path())?;
        match route {
            Route::Search => {
                let user = self.callers.admit(request.headers(), budget).await?.user;
                reader_must_not_be_erased(&self.store, &user.id).await?;
                search::search(self, request.uri(), &user).await
            }
            Route::Internal(route) => {
                must_show_token(request.headers(), &self.app_api_token)?;
                match route {
                    InternalRoute::Deliver(topic) => {
                        Ok(deliver::deliver(self, topic, request.body()).await)
                    }
                    InternalRoute::Sweep => sweep::sweep(self).await,
                    InternalRoute::Rebuild => rebuild::rebuild(self).await,
                    InternalRoute::Progress => progress::progress(self).await,
                    InternalRoute::Metrics => metrics::metrics(self).await,
                    InternalRoute::Inbox => self.subscriber.inbox(request.uri()).await,
                    InternalRoute::Erase => erase::erase_user(self, request.body()).await,
                    InternalRoute::Replay(topic) => {
                        self.subscriber.replay(topic, request.body()).await
                    }
                }
            }
        }
    }

    /// Goes on with a rebuild in the background.
    pub(crate) fn go_on_rebuilding(&self) {
        let (rebuild, logger) = (Rc::clone(&self.rebuild), self.logger.clone());
        (self.spawn)(Box::pin(async move {
            match rebuild.run().await {
                Ok(Ran::Idle | Ran::Paused) => {}
                Ok(Ran::Finished(progress)) => logger.info(
                    "the index was built anew",
                    &[
                        ("tasks", progress.tasks.into()),
                        ("removed", progress.removed.into()),
                    ],
                ),
                Ok(Ran::Stopped(why)) => logger.warn(
                    "the audit cannot be read; the rebuild goes on with the next sweep",
                    &[("why", why.as_str().into())],
                ),
                Err(error) => logger.error(
                    "the rebuild failed; it goes on with the next sweep",
                    &[("cause", error.to_string().into())],
                ),
            }
        }));
    }
}
