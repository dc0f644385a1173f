//! WebSockets, which a GRIP proxy holds: it tells of what happens on them by requests,
//! and sends what is answered, and what live-updates publishes.
//!
//! - `message`: what a client may say, and what it is told beside updates.
//! - `backlog`: what came after a client's position.

mod backlog;
mod message;

pub(crate) use backlog::backlog;
pub(crate) use message::{Said, end, heartbeat, parse, pong, ready};
