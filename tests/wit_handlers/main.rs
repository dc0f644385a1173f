//! The exported WIT handlers, called on the components as they are deployed: built by
//! `duebell build`, and run with the host's own engine, variables and databases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit_sink;
mod instance;
mod reminders;
mod search;
mod updates;
