//! Which request is whose.

use duebell_events::Topic;
use duebell_service::{Router, router::Conflict};
use http::Method;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// A user's.
    User(UserRoute),
    /// The sidecar's or another component's, with the app's token.
    Internal(InternalRoute),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserRoute {
    List,
    Show,
    Read,
    ReadAll,
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
    /// A user is to be erased.
    Erase,
    /// An event of this topic that was given up, once more.
    Replay(Topic),
    /// Prometheus'.
    Metrics,
}

/// The routes of notifier; spin.toml names their prefixes.
pub(crate) fn routes() -> Result<Router<Route>, Conflict> {
    use {InternalRoute as Internal, UserRoute as User};
    Router::new([
        (Method::GET, "/api/notifications", Route::User(User::List)),
        (
            Method::POST,
            "/api/notifications/read",
            Route::User(User::ReadAll),
        ),
        (
            Method::GET,
            "/api/notifications/{id}",
            Route::User(User::Show),
        ),
        (
            Method::POST,
            "/api/notifications/{id}/read",
            Route::User(User::Read),
        ),
        (
            Method::POST,
            "/events/notifier/reminder-events",
            Route::Internal(Internal::Deliver(Topic::ReminderEvents)),
        ),
        (
            Method::POST,
            "/events/notifier/task-events",
            Route::Internal(Internal::Deliver(Topic::TaskEvents)),
        ),
        (
            Method::POST,
            "/sweep-notifier",
            Route::Internal(Internal::Sweep),
        ),
        (
            Method::GET,
            "/internal/notifier/outbox/heads",
            Route::Internal(Internal::Heads),
        ),
        (
            Method::GET,
            "/internal/notifier/outbox/events",
            Route::Internal(Internal::Events),
        ),
        (
            Method::GET,
            "/internal/notifier/inbox",
            Route::Internal(Internal::Inbox),
        ),
        (
            Method::POST,
            "/internal/notifier/erasures",
            Route::Internal(Internal::Erase),
        ),
        (
            Method::POST,
            "/internal/notifier/replays/reminder-events",
            Route::Internal(Internal::Replay(Topic::ReminderEvents)),
        ),
        (
            Method::POST,
            "/internal/notifier/replays/task-events",
            Route::Internal(Internal::Replay(Topic::TaskEvents)),
        ),
        (
            Method::GET,
            "/internal/notifier/metrics",
            Route::Internal(Internal::Metrics),
        ),
    ])
}
