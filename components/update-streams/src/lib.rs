//! update-streams: shows open clients what changes, as it changes.
//!
//! live-updates writes a log for each user (see `duebell_updates`); this component
//! reads it, and knows three ways to tell of it:
//!
//! - `streams`: server-sent events. One poller for each instance looks at the log,
//!   however many streams the instance holds.
//! - `endpoints/sync.rs`: the same sequence a page at a time, as JSON.
//! - `socket`: WebSockets, which a GRIP proxy holds.
//!
//! It is a component of its own because streams pin instances, and because a stream
//! must never stand in the way of a delivery.
//!
//! [`App`] is the component as a function from request to answer; `spin` is its edge.

mod admission;
mod app;
mod endpoints;
mod routes;
mod session;
mod socket;
#[cfg(target_family = "wasm")]
mod spin;
mod storage;
mod streams;

pub use app::{App, Parts};
