//! Which request is whose.

use duebell_service::{Router, router::Conflict};
use http::Method;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// A user's: what changes, as a stream or a page.
    Updates,
    /// A user's: a ticket for what cannot set headers.
    Ticket,
    /// A client's own, past the proxy.
    SocketItself,
    /// The proxy's: what happens on a WebSocket.
    Socket,
    /// The operator's or the host's: streams are to end.
    Drain,
    /// Prometheus'.
    Metrics,
}

/// The routes of update-streams; spin.toml names their prefixes.
pub(crate) fn routes() -> Result<Router<Route>, Conflict> {
    Router::new([
        (Method::GET, "/api/updates", Route::Updates),
        (Method::POST, "/api/updates/ticket", Route::Ticket),
        (Method::GET, "/api/updates/ws", Route::SocketItself),
        (Method::POST, "/api/updates/ws", Route::Socket),
        (Method::POST, "/internal/update-streams/drain", Route::Drain),
        (
            Method::GET,
            "/internal/update-streams/metrics",
            Route::Metrics,
        ),
    ])
}
