//! Which request is whose.

use duebell_events::Topic;
use duebell_service::{Router, router::Conflict};
use http::Method;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// A user's.
    User(UserRoute),
    /// Everybody's: what checkpoints are signed with.
    Keys,
    /// The sidecar's or another component's, with the app's token.
    Internal(InternalRoute),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserRoute {
    /// Entries of the audit.
    List,
    /// All of them, with what shows that they are all.
    Export,
    /// The checkpoints over all chains.
    Checkpoints,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InternalRoute {
    /// Events of this topic.
    Deliver(Topic),
    /// The cron binding's tick.
    Sweep,
    /// The outbox: the latest numbers.
    Heads,
    /// The outbox: events by number.
    Events,
    /// What the inbox knows of an event.
    Inbox,
    /// An event of this topic that was given up, once more.
    Replay(Topic),
    /// A user is to be erased.
    Erase,
    /// Prometheus'.
    Metrics,
    /// The latest event of each task.
    Tasks,
}

/// The routes of audit-sink; spin.toml names their prefixes.
pub(crate) fn routes() -> Result<Router<Route>, Conflict> {
    use {InternalRoute as Internal, UserRoute as User};
    Router::new([
        (Method::GET, "/api/audit", Route::User(User::List)),
        (Method::GET, "/api/audit/export", Route::User(User::Export)),
        (
            Method::GET,
            "/api/audit/checkpoints",
            Route::User(User::Checkpoints),
        ),
        (Method::GET, "/api/audit/keys", Route::Keys),
        (
            Method::POST,
            "/events/audit-sink/task-events",
            Route::Internal(Internal::Deliver(Topic::TaskEvents)),
        ),
        (
            Method::POST,
            "/events/audit-sink/reminder-events",
            Route::Internal(Internal::Deliver(Topic::ReminderEvents)),
        ),
        (
            Method::POST,
            "/events/audit-sink/audit-events",
            Route::Internal(Internal::Deliver(Topic::AuditEvents)),
        ),
        (
            Method::POST,
            "/sweep-audit-sink",
            Route::Internal(Internal::Sweep),
        ),
        (
            Method::GET,
            "/internal/audit-sink/tasks",
            Route::Internal(Internal::Tasks),
        ),
        (
            Method::GET,
            "/internal/audit-sink/outbox/heads",
            Route::Internal(Internal::Heads),
        ),
        (
            Method::GET,
            "/internal/audit-sink/outbox/events",
            Route::Internal(Internal::Events),
        ),
        (
            Method::GET,
            "/internal/audit-sink/inbox",
            Route::Internal(Internal::Inbox),
        ),
        (
            Method::POST,
            "/internal/audit-sink/erasures",
            Route::Internal(Internal::Erase),
        ),
        (
            Method::POST,
            "/internal/audit-sink/replays/task-events",
            Route::Internal(Internal::Replay(Topic::TaskEvents)),
        ),
        (
            Method::POST,
            "/internal/audit-sink/replays/reminder-events",
            Route::Internal(Internal::Replay(Topic::ReminderEvents)),
        ),
        (
            Method::POST,
            "/internal/audit-sink/replays/audit-events",
            Route::Internal(Internal::Replay(Topic::AuditEvents)),
        ),
        (
            Method::GET,
            "/internal/audit-sink/metrics",
            Route::Internal(Internal::Metrics),
        ),
    ])
}
