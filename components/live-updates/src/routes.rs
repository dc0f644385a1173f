//! Which request is whose. All are the sidecar's or another component's.

use duebell_service::{Router, router::Conflict};
use http::Method;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Updates.
    Deliver,
    /// The cron binding's tick.
    Sweep,
    /// What the inbox knows of an event.
    Inbox,
    /// A user is to be erased.
    Erase,
    /// An update that was given up, once more.
    Replay,
    /// The log is one from a backup.
    Restored,
    /// Prometheus'.
    Metrics,
}

/// The routes of live-updates; spin.toml names their prefixes.
pub(crate) fn routes() -> Result<Router<Route>, Conflict> {
    Router::new([
        (
            Method::POST,
            "/events/live-updates/task-updates",
            Route::Deliver,
        ),
        (Method::POST, "/sweep-live-updates", Route::Sweep),
        (Method::GET, "/internal/live-updates/inbox", Route::Inbox),
        (
            Method::POST,
            "/internal/live-updates/erasures",
            Route::Erase,
        ),
        (
            Method::POST,
            "/internal/live-updates/replays/task-updates",
            Route::Replay,
        ),
        (
            Method::POST,
            "/internal/live-updates/restored",
            Route::Restored,
        ),
        (
            Method::GET,
            "/internal/live-updates/metrics",
            Route::Metrics,
        ),
    ])
}
