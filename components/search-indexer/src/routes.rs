//! Which request is whose.

use duebell_events::Topic;
use duebell_service::{Router, router::Conflict};
use http::Method;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// A user's: tasks by their words.
    Search,
    /// The sidecar's or an operator's, with the app's token.
    Internal(InternalRoute),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InternalRoute {
    /// Events of this topic.
    Deliver(Topic),
    /// The cron binding's tick.
    Sweep,
    /// The index is to be built anew.
    Rebuild,
    /// How far that has come.
    Progress,
    /// What the inbox knows of an event.
    Inbox,
    /// A user is to be erased.
    Erase,
    /// An event of this topic that was given up, once more.
    Replay(Topic),
    /// Prometheus'.
    Metrics,
}

/// The routes of search-indexer; spin.toml names their prefixes.
pub(crate) fn routes() -> Result<Router<Route>, Conflict> {
    use InternalRoute as Internal;
    Router::new([
        (Method::GET, "/api/search", Route::Search),
        (
            Method::POST,
            "/events/search-indexer/task-events",
            Route::Internal(Internal::Deliver(Topic::TaskEvents)),
        ),
        (
            Method::POST,
            "/sweep-search-indexer",
            Route::Internal(Internal::Sweep),
        ),
        (
            Method::POST,
            "/internal/search-indexer/rebuild",
            Route::Internal(Internal::Rebuild),
        ),
        (
            Method::GET,
            "/internal/search-indexer/rebuild",
            Route::Internal(Internal::Progress),
        ),
        (
            Method::GET,
            "/internal/search-indexer/inbox",
            Route::Internal(Internal::Inbox),
        ),
        (
            Method::POST,
            "/internal/search-indexer/erasures",
            Route::Internal(Internal::Erase),
        ),
        (
            Method::POST,
            "/internal/search-indexer/replays/task-events",
            Route::Internal(Internal::Replay(Topic::TaskEvents)),
        ),
        (
            Method::GET,
            "/internal/search-indexer/metrics",
            Route::Internal(Internal::Metrics),
        ),
    ])
}
