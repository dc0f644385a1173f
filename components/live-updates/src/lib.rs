//! live-updates: logs what users' open clients must show, one log for each user, and
//! broadcasts it to their WebSockets.
//!
//! update-streams reads the log (see `duebell_updates`) and answers clients; the two
//! share the database `updates`. WebSockets are held by a GRIP proxy, to which
//! [`App`] gives what is new in the background; while nobody has one open, nothing is
//! given.

mod app;
mod broadcasting;
mod endpoints;
mod handler;
mod routes;
#[cfg(target_family = "wasm")]
mod spin;

pub use app::{App, Parts, publishers};
pub use broadcasting::Proxy;
