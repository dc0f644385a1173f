//! Which request is whose.

use duebell_events::Topic;
use duebell_service::{Router, router::Conflict};
use http::Method;

/// What a request asks for. All of it is the sidecar's, or another component's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Events of this topic.
    Deliver(Topic),
    /// A job whose time has come.
    Job,
    /// The cron binding's tick.
    Sweep,
    /// The outbox: the latest numbers.
    Heads,
    /// The outbox: events by number.
    Events,
    /// What the inbox knows of an event.
    Inbox,
    /// A user is to be erased.
    Erase,
    /// An event of this topic that was given up, once more.
    Replay(Topic),
    /// Prometheus'.
    Metrics,
}

/// The routes of reminder-trigger; spin.toml names their prefixes.
pub(crate) fn routes() -> Result<Router<Route>, Conflict> {
    Router::new([
        (
            Method::POST,
            "/events/reminder-trigger/reminder-events",
            Route::Deliver(Topic::ReminderEvents),
        ),
        (Method::POST, "/job/{name}", Route::Job),
        (Method::POST, "/sweep-reminder-trigger", Route::Sweep),
        (
            Method::GET,
            "/internal/reminder-trigger/outbox/heads",
            Route::Heads,
        ),
        (
            Method::GET,
            "/internal/reminder-trigger/outbox/events",
            Route::Events,
        ),
        (
            Method::GET,
            "/internal/reminder-trigger/inbox",
            Route::Inbox,
        ),
        (
            Method::POST,
            "/internal/reminder-trigger/erasures",
            Route::Erase,
        ),
        (
            Method::POST,
            "/internal/reminder-trigger/replays/reminder-events",
            Route::Replay(Topic::ReminderEvents),
        ),
        (
            Method::GET,
            "/internal/reminder-trigger/metrics",
            Route::Metrics,
        ),
    ])
}
