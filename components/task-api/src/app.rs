//! The component as a function from request to answer.

use crate::{
    changes::Context,
    endpoints::{
        change, complete, create, delete, documents, erasures, health, list, metrics,
        next_occurrence, reminders, reopen, show, sweep, tell_health,
    },
    erasing::{Components, Eraser},
    idempotency::UnderWay,
    routes::{InternalRoute, OpenRoute, OperatorRoute, Route, UserRoute, routes},
    storage::MIGRATIONS,
};
use bytes::Bytes;
use chrono::SubsecRound;
use duebell_callers::{Access, Budget, Callers};
use duebell_dapr::{Sidecar, Transport};
use duebell_edge::{Failure, Sleep, Spawn, must_show_token, parameters::client_id};
use duebell_erasures::reader_must_not_be_erased;
use duebell_events::source;
use duebell_publisher::{History, Relay, publish_in_background};
use duebell_service::{
    Clock, CursorCodec, Entropy, IdempotencyKey, IfMatch, Logger, Problem, Router, TraceContext,
    User, router::Conflict,
};
use duebell_store::{Backend, Store};
use duebell_tasks::{ReminderId, Task, TaskId};
use http::{Request, Response};
use std::{collections::BTreeMap, rc::Rc};

/// What a component cannot make by itself.
pub struct Parts<T> {
    /// Who users are.
    pub access: Access,
    /// What deliveries, sweeps and other components show.
    pub app_api_token: String,
    /// The sidecar.
    pub sidecar: Rc<Sidecar<T>>,
    /// Where the other components are that have something of users: origins, by their
    /// ids.
    pub components: BTreeMap<String, String>,
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

/// task-api. One for each instance.
pub struct App<T> {
    pub(crate) store: Store,
    pub(crate) relay: Rc<Relay<T>>,
    pub(crate) eraser: Rc<Eraser<T>>,
    pub(crate) sidecar: Rc<Sidecar<T>>,
    pub(crate) history: History,
    pub(crate) cursors: CursorCodec,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) entropy: Rc<dyn Entropy>,
    pub(crate) logger: Logger,
    pub(crate) under_way: UnderWay,
    callers: Callers,
    app_api_token: String,
    router: Router<Route>,
    spawn: Rc<Spawn>,
}

/// Who asks, and what.
pub(crate) struct Caller<'a> {
    pub(crate) request: &'a Request<Bytes>,
    pub(crate) user: User,
    pub(crate) trace: TraceContext,
}

impl Caller<'_> {
    /// The id in the path. What is no id reads like one that is not there.
    pub(crate) fn task_id(&self, text: &str) -> Result<TaskId, Problem> {
        TaskId::parse(text).ok_or_else(Problem::not_found)
    }

    /// The same, of a reminder.
    pub(crate) fn reminder_id(&self, text: &str) -> Result<ReminderId, Problem> {
        ReminderId::parse(text).ok_or_else(Problem::not_found)
    }

    /// Whether the request can be repeated for the same answer.
    pub(crate) fn has_key(&self) -> Result<bool, Problem> {
        Ok(IdempotencyKey::from_headers(self.request.headers())?.is_some())
    }

    /// Honours `If-Match` (RFC 9110, section 13.1.1).
    pub(crate) fn check_version(&self, task: &Task) -> Result<(), Problem> {
        IfMatch::check(
            IfMatch::parse(self.request.headers())?.as_ref(),
            task.version,
        )
    }

    /// The context of a change.
    pub(crate) fn context<'a, T>(&self, app: &'a App<T>) -> Result<Context<'a>, Problem> {
        Ok(Context {
            // Times are kept to the millisecond.
            now: app.clock.now().trunc_subsecs(3),
            entropy: &*app.entropy,
            source_client: client_id(self.request.headers())?,
            traceparent: Some(self.trace.to_string()),
        })
    }
}

impl<T: Transport + 'static> App<T> {
    /// task-api on this database, with these parts.
    ///
    /// # Errors
    /// Two routes are the same, which a test finds.
    pub fn new(database: impl Backend, parts: Parts<T>) -> Result<Self, Conflict> {
        let store = Store::new(database, MIGRATIONS);
        let callers = Callers::new(parts.access, &store, &parts.clock, &parts.logger);
        let relay = Relay::new(
            store.clone(),
            Rc::clone(&parts.sidecar),
            source::TASK_API,
            Rc::clone(&parts.clock),
            parts.sleep,
            &*parts.entropy,
        );
        let components = Components::new(
            parts.components,
            parts.app_api_token.clone(),
            parts.transport,
        );
        let eraser = Eraser::new(
            store.clone(),
            components,
            Rc::clone(&parts.clock),
            Rc::clone(&parts.entropy),
            parts.logger.clone(),
        );
        Ok(Self {
            eraser: Rc::new(eraser),
            relay: Rc::new(relay),
            sidecar: parts.sidecar,
            history: History::new(store.clone(), source::TASK_API, Rc::clone(&parts.clock)),
            store,
            cursors: CursorCodec::new(parts.app_api_token.as_bytes()),
            clock: parts.clock,
            entropy: parts.entropy,
            logger: parts.logger,
            under_way: UnderWay::default(),
            callers,
            app_api_token: parts.app_api_token,
            router: routes()?,
            spawn: Rc::new(parts.spawn),
        })
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
        let id = parameters.get("id").unwrap_or_default();
        match route {
            Route::Open(OpenRoute::Health) => health::health(self).await,
            Route::Open(OpenRoute::OpenApi) => Ok(documents::openapi()),
            Route::Open(OpenRoute::AsyncApi) => Ok(documents::asyncapi()),
            Route::Internal(route) => {
                must_show_token(request.headers(), &self.app_api_token)?;
                match route {
                    InternalRoute::Sweep => sweep::sweep(self).await,
                    InternalRoute::Metrics => metrics::metrics(self).await,
                    InternalRoute::Health => {
                        tell_health::tell_health(self, id, request.body()).await
                    }
                    InternalRoute::Heads => self.history.heads(request.uri()).await,
                    InternalRoute::Events => self.history.events(request.uri()).await,
                    InternalRoute::NextOccurrence => {
                        let trace = TraceContext::of_cause(request.headers()).unwrap_or(trace);
                        next_occurrence::next_occurrence(self, trace, id).await
                    }
                }
            }
            Route::Operator(route) => {
                let user = self.callers.admit(request.headers(), budget).await?.user;
                user.must_be_operator()?;
                let caller = Caller {
                    request,
                    user,
                    trace,
                };
                match route {
                    OperatorRoute::Erase => erasures::ask::ask(self, &caller).await,
                    OperatorRoute::ShowErasure => {
                        reader_must_not_be_erased(&self.store, &caller.user.id).await?;
                        erasures::show::show(self, id).await
                    }
                }
            }
            Route::User(route) => {
                let user = self.callers.admit(request.headers(), budget).await?.user;
                let caller = Caller {
                    request,
                    user,
                    trace,
                };
                self.user_route(route, &caller, id).await
            }
        }
    }

    async fn user_route(
        &self,
        route: UserRoute,
        caller: &Caller<'_>,
        id: &str,
    ) -> Result<Response<Bytes>, Failure> {
        if route.reads() {
            // Who writes is asked in the transaction.
            reader_must_not_be_erased(&self.store, &caller.user.id).await?;
        }
        let answer = match route {
            UserRoute::List => return list::list(self, caller).await,
            UserRoute::Show => return show::show(self, caller, id).await,
            UserRoute::ListReminders => return reminders::list::list(self, caller, id).await,
            UserRoute::ShowReminder => return reminders::show::show(self, caller, id).await,
            UserRoute::Create => create::create(self, caller).await,
            UserRoute::Change => change::change(self, caller, id).await,
            UserRoute::Delete => delete::delete(self, caller, id).await,
            UserRoute::Complete => complete::complete(self, caller, id).await,
            UserRoute::Reopen => reopen::reopen(self, caller, id).await,
            UserRoute::AddReminder => reminders::add::add(self, caller, id).await,
            UserRoute::RemoveReminder => reminders::remove::remove(self, caller, id).await,
        };
        if answer.is_ok() {
            self.publish();
        }
        answer
    }

    /// Goes on with erasures, after the answer, and publishes what comes of it.
    pub(crate) fn erase(&self) {
        self.publish();
        let (relay, spawn, logger) = (
            Rc::clone(&self.relay),
            Rc::clone(&self.spawn),
            self.logger.clone(),
        );
        self.eraser.erase_in_background(&self.spawn, move || {
            publish_in_background(&relay, &spawn, &logger);
        });
    }

    /// Publishes what was committed, after the answer.
    pub(crate) fn publish(&self) {
        publish_in_background(&self.relay, &self.spawn, &self.logger);
    }
}
