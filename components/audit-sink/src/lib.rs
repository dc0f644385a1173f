//! audit-sink: keeps every event of `task-events` and `reminder-events` once, in
//! one hash chain for each user (see `duebell_chain`).
//!
//! [`App`] is the component as a function from request to answer; `spin` is its
//! edge, which also exports the WIT handlers. It owns the database `audit`.

mod app;
mod endpoints;
mod handler;
mod routes;
#[cfg(target_family = "wasm")]
mod spin;
mod storage;

pub use app::{App, Parts, publishers};
