//! task-api: tasks over HTTP. Every change is committed together with the events
//! that tell of it, and published in the background.
//!
//! [`App`] is the component as a function from request to answer; [`spin`] is
//! its edge. It owns the database `tasks` and publishes to `task-events`,
//! `task-updates` and `reminder-events`; erasures to `audit-events`.

mod adding;
mod app;
mod changes;
mod endpoints;
mod erasing;
mod idempotency;
mod reminders;
mod routes;
#[cfg(target_family = "wasm")]
mod spin;
mod storage;

pub use app::{App, Parts};
pub use erasing::COMPONENTS;
