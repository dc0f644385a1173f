//! Which request is whose.

use duebell_service::{Router, router::Conflict};
use http::Method;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// An operator's.
    Operator(OperatorRoute),
    /// The sidecar's or another component's, with the app's token.
    Internal(InternalRoute),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperatorRoute {
    List,
    Show,
    Replay,
    Discard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InternalRoute {
    /// Records of a dead-letter topic.
    Deliver,
    /// The cron binding's tick.
    Sweep,
    /// The outbox: the latest numbers.
    Heads,
    /// The outbox: events by number.
    Events,
    /// A user is to be erased.
    Erase,
    /// Prometheus'.
    Metrics,
}

/// The routes of dead-letters; spin.toml names their prefixes.
pub(crate) fn routes() -> Result<Router<Route>, Conflict> {
    use {InternalRoute as Internal, OperatorRoute as Operator};
    Router::new([
        (
            Method::GET,
            "/api/dead-letters",
            Route::Operator(Operator::List),
        ),
        (
            Method::GET,
            "/api/dead-letters/{id}",
            Route::Operator(Operator::Show),
        ),
        (
            Method::DELETE,
            "/api/dead-letters/{id}",
            Route::Operator(Operator::Discard),
        ),
        (
            Method::POST,
            "/api/dead-letters/{id}/replay",
            Route::Operator(Operator::Replay),
        ),
        (
            Method::POST,
            "/events/dead-letters/{topic}",
            Route::Internal(Internal::Deliver),
        ),
        (
            Method::POST,
            "/sweep-dead-letters",
            Route::Internal(Internal::Sweep),
        ),
        (
            Method::GET,
            "/internal/dead-letters/outbox/heads",
            Route::Internal(Internal::Heads),
        ),
        (
            Method::GET,
            "/internal/dead-letters/outbox/events",
            Route::Internal(Internal::Events),
        ),
        (
            Method::POST,
            "/internal/dead-letters/erasures",
            Route::Internal(Internal::Erase),
        ),
        (
            Method::GET,
            "/internal/dead-letters/metrics",
            Route::Internal(Internal::Metrics),
        ),
    ])
}
