//! Which request is whose.

use duebell_service::{Router, router::Conflict};
use http::Method;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// A user's.
    User(UserRoute),
    /// An operator's.
    Operator(OperatorRoute),
    /// The sidecar's or another component's, with the app's token.
    Internal(InternalRoute),
    /// Anybody's.
    Open(OpenRoute),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserRoute {
    Create,
    List,
    Show,
    Change,
    Delete,
    Complete,
    Reopen,
    AddReminder,
    ListReminders,
    ShowReminder,
    RemoveReminder,
}

impl UserRoute {
    /// Whether it changes nothing.
    pub(crate) fn reads(self) -> bool {
        matches!(
            self,
            Self::List | Self::Show | Self::ListReminders | Self::ShowReminder
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperatorRoute {
    Erase,
    ShowErasure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InternalRoute {
    Sweep,
    Heads,
    Events,
    NextOccurrence,
    Metrics,
    Health,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenRoute {
    Health,
    OpenApi,
    AsyncApi,
}

/// The routes of task-api; spin.toml names their prefixes.
pub(crate) fn routes() -> Result<Router<Route>, Conflict> {
    use {
        InternalRoute as Internal, OpenRoute as Open, OperatorRoute as Operator, UserRoute as User,
    };
    Router::new([
        (Method::POST, "/api/tasks", Route::User(User::Create)),
        (Method::GET, "/api/tasks", Route::User(User::List)),
        (Method::GET, "/api/tasks/{id}", Route::User(User::Show)),
        (Method::PATCH, "/api/tasks/{id}", Route::User(User::Change)),
        (Method::DELETE, "/api/tasks/{id}", Route::User(User::Delete)),
        (
            Method::POST,
            "/api/tasks/{id}/complete",
            Route::User(User::Complete),
        ),
        (
            Method::POST,
            "/api/tasks/{id}/reopen",
            Route::User(User::Reopen),
        ),
        (
            Method::POST,
            "/api/tasks/{id}/reminders",
            Route::User(User::AddReminder),
        ),
        (
            Method::GET,
            "/api/tasks/{id}/reminders",
            Route::User(User::ListReminders),
        ),
        (
            Method::GET,
            "/api/reminders/{id}",
            Route::User(User::ShowReminder),
        ),
        (
            Method::DELETE,
            "/api/reminders/{id}",
            Route::User(User::RemoveReminder),
        ),
        (
            Method::POST,
            "/api/erasures",
            Route::Operator(Operator::Erase),
        ),
        (
            Method::GET,
            "/api/erasures/{id}",
            Route::Operator(Operator::ShowErasure),
        ),
        (
            Method::POST,
            "/sweep-task-api",
            Route::Internal(Internal::Sweep),
        ),
        (
            Method::GET,
            "/internal/task-api/outbox/heads",
            Route::Internal(Internal::Heads),
        ),
        (
            Method::GET,
            "/internal/task-api/outbox/events",
            Route::Internal(Internal::Events),
        ),
        (
            Method::POST,
            "/internal/task-api/tasks/{id}/next-occurrence",
            Route::Internal(Internal::NextOccurrence),
        ),
        (Method::GET, "/api/health", Route::Open(Open::Health)),
        (Method::GET, "/openapi.json", Route::Open(Open::OpenApi)),
        (Method::GET, "/asyncapi.json", Route::Open(Open::AsyncApi)),
        (
            Method::PUT,
            "/internal/task-api/health/{id}",
            Route::Internal(Internal::Health),
        ),
        (
            Method::GET,
            "/internal/task-api/metrics",
            Route::Internal(Internal::Metrics),
        ),
    ])
}
