//! GRIP, the protocol between a web service and the proxy that holds its
//! connections: what Pushpin and hosted fan-outs speak.
//!
//! A proxy takes a client's WebSocket and tells the service of what happens on it by
//! ordinary requests (WebSocket-over-HTTP): [`events`] are in their bodies, and in
//! the answers. With a [`control`] message the service subscribes the connection to a
//! channel; what it [publishes](mod@publish) there, the proxy sends to all who have.
//!
//! Sources: <https://pushpin.org/docs/protocols/grip/>,
//! <https://pushpin.org/docs/protocols/websocket-over-http/>, and what Pushpin 1.36
//! does. What is here is pure: neither side's requests are sent from here.

pub mod control;
pub mod events;
pub mod publish;

pub use events::{Close, Event};

use http::HeaderName;

/// The media type of [`events`].
pub const WEBSOCKET_EVENTS: &str = "application/websocket-events";

/// What a proxy knows a connection by, in each of its requests.
pub const CONNECTION_ID: HeaderName = HeaderName::from_static("connection-id");

/// A proxy's signature: a JWT by HS256 that has `iss` and `exp`.
pub const GRIP_SIG: HeaderName = HeaderName::from_static("grip-sig");

/// By this header of its first answer a service may send control messages.
pub const EXTENSIONS: HeaderName = HeaderName::from_static("sec-websocket-extensions");

/// How many seconds after the last request the proxy is to send an empty one, so that
/// the service knows that the client is there. Pushpin takes no less than 20.
pub const KEEP_ALIVE_INTERVAL: HeaderName = HeaderName::from_static("keep-alive-interval");
