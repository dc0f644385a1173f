//! task-api: tasks over HTTP. Every change is committed together with the events
//! that tell of it, and published in the background.
//!
//! [`App`] is the component as a function from request to answer; [`spin`] is
//! its edge. It owns the database `tasks` and publishes to `task-events` and
//! `task-updates`.

mod app;
mod changes;
mod endpoints;
mod idempotency;
mod routes;
#[cfg(target_family = "wasm")]
mod spin;
mod storage;

pub use app::{App, Parts, SOURCE};
