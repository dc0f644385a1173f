//! The component as a function from request to answer.

use crate::{
    endpoints::{deliver, discard, erase, list, metrics, replay, show, sweep},
    routes::{InternalRoute, OperatorRoute, Route, routes},
    storage::MIGRATIONS,
    subscribers::Subscribers,
    telling::Context,
    working::Worker,
};
use bytes::Bytes;
use chrono::SubsecRound;
use duebell_callers::{Access, Budget, Callers};
use duebell_dapr::{Sidecar, Transport};
use duebell_edge::{Failure, Sleep, Spawn, most_body, must_show_token};
use duebell_erasures::reader_must_not_be_erased;
use duebell_events::source;
use duebell_ids::DeadLetterId;
use duebell_publisher::{History, Relay, publish_in_background};
use duebell_service::{
    Clock, CursorCodec, Entropy, Logger, Problem, Router, TraceContext, router::Conflict,
};
use duebell_store::{Backend, Store};
use http::{HeaderMap, Request, Response};
use std::{collections::BTreeMap, rc::Rc};

/// What a component cannot make by itself.
pub struct Parts<T> {
    /// Who operators are.
    pub access: Access,
    /// What deliveries and sweeps show, and what subscribers want to see.
    pub app_api_token: String,
    /// The sidecar.
    pub sidecar: Rc<Sidecar<T>>,
    /// Where subscribers are: origins, by their ids.
    pub subscribers: BTreeMap<String, String>,
    /// Where task-api is, which is told how this component is: an origin.
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
    /// Waits.
    pub sleep: Sleep,
}

/// dead-letters. One for each instance.
pub struct App<T> {
    pub(crate) store: Store,
    pub(crate) relay: Rc<Relay<T>>,
    pub(crate) worker: Rc<Worker<T>>,
    pub(crate) cursors: CursorCodec,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) logger: Logger,
    history: History,
    callers: Callers,
    app_api_token: String,
    pub(crate) entropy: Rc<dyn Entropy>,
    router: Router<Route>,
    spawn: Spawn,
}

/// Who asks.
pub(crate) struct Operator {
    pub(crate) id: String,
    trace: TraceContext,
}

impl<T: Transport + 'static> App<T> {
    /// dead-letters on this database, with these parts.
    ///
    /// # Errors
    /// Two routes are the same, which a test finds.
    pub fn new(database: impl Backend, parts: Parts<T>) -> Result<Self, Conflict> {
        let store = Store::new(database, MIGRATIONS);
        let callers = Callers::new(parts.access, &store, &parts.clock, &parts.logger);
        let relay = Relay::new(
            store.clone(),
            parts.sidecar,
            source::DEAD_LETTERS,
            Rc::clone(&parts.clock),
            parts.sleep,
            &*parts.entropy,
        );
        let subscribers = Subscribers::new(
            parts.subscribers,
            parts.app_api_token.clone(),
            parts.transport,
        )
        .telling(&parts.task_api_url);
        let worker = Worker::new(
            store.clone(),
            subscribers,
            Rc::clone(&parts.clock),
            Rc::clone(&parts.entropy),
            parts.logger.clone(),
        );
        Ok(Self {
            relay: Rc::new(relay),
            worker: Rc::new(worker),
            cursors: CursorCodec::new(parts.app_api_token.as_bytes()),
            history: History::new(store.clone(), source::DEAD_LETTERS, Rc::clone(&parts.clock)),
            store,
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
        let result = self.route(&request, trace, &mut budget).await;
        Budget::tell(budget, Failure::answer(result, &self.logger, trace))
    }

    async fn route(
        &self,
        request: &Request<Bytes>,
        trace: TraceContext,
        budget: &mut Option<Budget>,
    ) -> Result<Response<Bytes>, Failure> {
        let (route, parameters) = self
            .router
            .endpoint(request.method(), request.uri().path())?;
        match route {
            Route::Operator(route) => {
                let user = self.callers.admit(request.headers(), budget).await?.user;
                user.must_be_operator()?;
                reader_must_not_be_erased(&self.store, &user.id).await?;
                let operator = Operator { id: user.id, trace };
                let id = || {
                    let id = parameters.get("id").unwrap_or_default();
                    DeadLetterId::parse(id).ok_or_else(Problem::not_found)
                };
                match route {
                    OperatorRoute::List => list::list(self, request.uri(), &operator).await,
                    OperatorRoute::Show => show::show(self, &operator, id()?).await,
                    OperatorRoute::Replay => replay::replay(self, &operator, id()?).await,
                    OperatorRoute::Discard => discard::discard(self, &operator, id()?).await,
                }
            }
            Route::Internal(route) => {
                must_show_token(request.headers(), &self.app_api_token)?;
                match route {
                    InternalRoute::Deliver => {
                        let topic = parameters.get("topic").unwrap_or_default();
                        Ok(deliver::deliver(self, request, topic).await)
                    }
                    InternalRoute::Sweep => sweep::sweep(self).await,
                    InternalRoute::Metrics => metrics::metrics(self).await,
                    InternalRoute::Heads => self.history.heads(request.uri()).await,
                    InternalRoute::Events => self.history.events(request.uri()).await,
                    InternalRoute::Erase => erase::erase_user(self, request.body()).await,
                }
            }
        }
    }

    /// The context of what an operator does.
    pub(crate) fn context<'a>(&'a self, operator: &'a Operator) -> Context<'a> {
        Context {
            actor: Some(&operator.id),
            now: self.clock.now().trunc_subsecs(3),
            entropy: &*self.entropy,
            traceparent: Some(operator.trace.to_string()),
        }
    }

    /// Publishes what was committed, after the answer.
    pub(crate) fn publish(&self) {
        publish_in_background(&self.relay, &self.spawn, &self.logger);
    }

    /// Works on what is due, after the answer.
    pub(crate) fn work(&self) {
        self.worker.work_in_background(&self.spawn);
    }
}
