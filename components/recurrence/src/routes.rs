//! Which request is whose.

use duebell_events::Topic;
use duebell_service::{Router, router::Conflict};
use http::Method;

/// What a request asks for. All of it is the sidecar's, or another component's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Events of this topic.
    Deliver(Topic),
    /// The cron binding's tick.
    Sweep,
    /// What the inbox knows of an event.
    Inbox,
    /// A user is to be erased.
    Erase,
    /// An event of this topic that was given up, once more.
    Replay(Topic),
    /// Prometheus'.
    Metrics,
}

/// The routes of recurrence; spin.toml names their prefixes.
pub(crate) fn routes() -> Result<Router<Route>, Conflict> {
    Router::new([
        (
            Method::POST,
            "/events/recurrence/task-events",
            Route::Deliver(Topic::TaskEvents),
        ),
        (Method::POST, "/sweep-recurrence", Route::Sweep),
        (Method::GET, "/internal/recurrence/inbox", Route::Inbox),
        (Method::POST, "/internal/recurrence/erasures", Route::Erase),
        (
            Method::POST,
            "/internal/recurrence/replays/task-events",
            Route::Replay(Topic::TaskEvents),
        ),
        (Method::GET, "/internal/recurrence/metrics", Route::Metrics),
    ])
}
