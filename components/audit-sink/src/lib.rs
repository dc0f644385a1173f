//! audit-sink: keeps every event of `task-events`, `reminder-events` and `audit-events`
//! once, in one hash chain for each user, and signs checkpoints over the heads of all
//! chains (see `duebell_chain`).
//!
//! [`App`] is the component as a function from request to answer; `spin` is its
//! edge, which also exports the WIT handlers. It owns the database `audit`.

mod app;
mod checkpoints;
mod endpoints;
mod export;
mod handler;
mod routes;
#[cfg(target_family = "wasm")]
mod spin;
mod storage;

pub use app::{App, Parts, publishers};
pub use checkpoints::Checkpoints;
