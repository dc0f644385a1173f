//! notifier: tells users what rang.
//!
//! Each `reminder.due` becomes a notification in the app and a `task.reminder` on
//! `task-updates` for whoever listens, in one transaction. A reminder that was
//! cancelled is not shown, however late it rings; completing or deleting a task
//! settles its notifications.
//!
//! [`App`] is the component as a function from request to answer; `spin` is its
//! edge. It owns the database `notifications`.

mod app;
mod endpoints;
mod handler;
mod notification;
mod routes;
#[cfg(target_family = "wasm")]
mod spin;
mod storage;
mod telling;

pub use app::{App, Parts, publishers};
