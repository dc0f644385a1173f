//! The component as a function from request to answer.

use crate::{
    admission::MOST_INSTANCES,
    endpoints::{drain, metrics, socket, ticket, updates},
    routes::{Route, routes},
    streams::Streams,
};
use bytes::Bytes;
use duebell_callers::{Access, Budget, Callers};
use duebell_edge::{Failure, Sleep, Spawn, must_show_token, streaming::Answer};
use duebell_service::{
    Clock, Entropy, Logger, Problem, Router, TraceContext, auth::SharedSecret, router::Conflict,
};
use duebell_store::{Backend, Store};
use duebell_updates::{MIGRATIONS, connections::Most};
use http::{HeaderMap, Request};
use std::rc::Rc;

/// What a component cannot make by itself.
pub struct Parts {
    /// Who users are.
    pub access: Access,
    /// What operators and the host show.
    pub app_api_token: String,
    /// What the proxy that holds WebSockets signs with; without it there are none.
    pub proxy_key: Option<SharedSecret>,
    /// How many streams and WebSockets there may be in all.
    pub most: u32,
    /// How many of them a user may have.
    pub most_of_a_user: u32,
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

/// update-streams. One for each instance.
pub struct App {
    pub(crate) store: Store,
    pub(crate) streams: Rc<Streams>,
    pub(crate) callers: Callers,
    pub(crate) proxy_key: Option<SharedSecret>,
    pub(crate) most: Most,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) entropy: Rc<dyn Entropy>,
    pub(crate) logger: Logger,
    pub(crate) spawn: Spawn,
    app_api_token: String,
    router: Router<Route>,
}

impl App {
    /// update-streams on this database, with these parts.
    ///
    /// # Errors
    /// Two routes are the same, which a test finds.
    pub fn new(database: impl Backend, parts: Parts) -> Result<Self, Conflict> {
        let store = Store::new(database, MIGRATIONS);
        let callers = Callers::new(parts.access, &store, &parts.clock, &parts.logger);
        let streams = Streams::new(
            store.clone(),
            Rc::clone(&parts.clock),
            parts.sleep,
            Rc::clone(&parts.entropy),
            parts.logger.clone(),
        );
        Ok(Self {
            store,
            streams: Rc::new(streams),
            callers,
            proxy_key: parts.proxy_key,
            most: Most {
                of_a_user: parts.most_of_a_user.into(),
                in_all: parts.most.into(),
                instances: MOST_INSTANCES,
            },
            clock: parts.clock,
            entropy: parts.entropy,
            logger: parts.logger,
            spawn: parts.spawn,
            app_api_token: parts.app_api_token,
            router: routes()?,
        })
    }

    /// Answers a request. Never fails: a problem is an answer, too.
    pub async fn handle(&self, request: Request<Bytes>) -> Answer {
        let trace = TraceContext::from_headers(request.headers(), &*self.entropy);
        let mut budget = None;
        let result = self.route(&request, &mut budget).await;
        Budget::tell(budget, Failure::answer(result, &self.logger, trace))
    }

    /// How long a request's body may be, in bytes: none needs a long one.
    pub fn most_body(&self, _: &HeaderMap) -> usize {
        socket::MOST_BODY
    }

    async fn route(
        &self,
        request: &Request<Bytes>,
        budget: &mut Option<Budget>,
    ) -> Result<Answer, Failure> {
        let (route, _) = self
            .router
            .endpoint(request.method(), request.uri().path())?;
        match route {
            Route::Updates => updates::updates(self, request, budget).await,
            Route::Ticket => Ok(ticket::ticket(self, request, budget).await?.into()),
            Route::Socket => Ok(socket::socket(self, request, budget).await?.into()),
            Route::SocketItself => Err(Problem::header(
                "Upgrade",
                "WebSockets are at the address of the GRIP proxy in front of this service (see docs/live-updates.md); here are event streams, at /api/updates.",
            )
            .into()),
            Route::Metrics => {
                must_show_token(request.headers(), &self.app_api_token)?;
                Ok(metrics::metrics(self).await?.into())
            }
            Route::Drain => {
                must_show_token(request.headers(), &self.app_api_token)?;
                Ok(drain::drain(self).await?.into())
            }
        }
    }

    /// The time, in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}
