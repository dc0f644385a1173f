//! reminder-trigger: rings reminders.
//!
//! It learns of reminders from `reminder-events`, and publishes `reminder.due` to
//! the same topic when their time has come: once, and never before it. Its table
//! is the truth. Dapr Jobs is the alarm clock that wakes it in time; whatever that
//! loses, the sweep finds a moment later.
//!
//! [`App`] is the component as a function from request to answer; `spin` is its
//! edge. It owns the database `reminders`.

mod app;
mod arming;
mod endpoints;
mod handler;
mod job;
mod ringing;
mod routes;
#[cfg(target_family = "wasm")]
mod spin;
mod storage;

pub use app::{App, Parts, publishers};
