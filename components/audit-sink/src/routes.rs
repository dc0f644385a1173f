//! Which request is whose.

use duebell_events::Topic;
use duebell_service::{Router, router::Conflict};
use http::Method;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// A user's: entries of the audit.
    List,
    /// The sidecar's: events of this topic.
    Deliver(Topic),
    /// The sidecar's: the cron binding's tick.
    Sweep,
    /// dead-letters': what the inbox knows of an event.
    Inbox,
    /// dead-letters': an event of this topic that was given up, once more.
    Replay(Topic),
    /// Another component's: the latest event of each task.
    Tasks,
    /// Prometheus'.
    Metrics,
}

/// The routes of audit-sink; spin.toml names their prefixes.
pub(crate) fn routes() -> Result<Router<Route>, Conflict> {
    Router::new([
        (Method::GET, "/api/audit", Route::List),
        (
            Method::POST,
            "/events/audit-sink/task-events",
            Route::Deliver(Topic::TaskEvents),
        ),
        (
            Method::POST,
            "/events/audit-sink/reminder-events",
            Route::Deliver(Topic::ReminderEvents),
        ),
        (
            Method::POST,
            "/events/audit-sink/audit-events",
            Route::Deliver(Topic::AuditEvents),
        ),
        (Method::POST, "/sweep-audit-sink", Route::Sweep),
        (Method::GET, "/internal/audit-sink/tasks", Route::Tasks),
        (Method::GET, "/internal/audit-sink/inbox", Route::Inbox),
        (
            Method::POST,
            "/internal/audit-sink/replays/task-events",
            Route::Replay(Topic::TaskEvents),
        ),
        (
            Method::POST,
            "/internal/audit-sink/replays/reminder-events",
            Route::Replay(Topic::ReminderEvents),
        ),
        (
            Method::POST,
            "/internal/audit-sink/replays/audit-events",
            Route::Replay(Topic::AuditEvents),
        ),
        (Method::GET, "/internal/audit-sink/metrics", Route::Metrics),
    ])
}
