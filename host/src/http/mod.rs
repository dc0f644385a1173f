//! The app's HTTP side: the server, the routes, the requests' headers.

pub(crate) mod body;
pub(crate) mod plain;
pub(crate) mod request_headers;
mod router;
pub mod server;
mod well_known;

pub use self::router::Router;
pub use self::server::Server;
