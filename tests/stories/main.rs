//! Stories: what a user, an operator or another program meets, told from
//! outside over HTTP.
//!
//! Each story runs `duebell up` by itself, on free ports and with a state folder
//! of its own, and waits for what should happen, never for time to pass.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story fails by panicking"
)]

#[expect(dead_code, reason = "the other suites on real servers use the rest")]
#[expect(
    unused_imports,
    reason = "the other suites on real servers use the rest"
)]
mod harness;

mod audit;
mod bad_input;
mod configuration;
mod crashes;
mod dead_letters;
mod demo;
mod documents;
mod erasure;
mod evidence;
mod healing;
mod operating;
mod order;
mod outages;
mod permissions;
mod privileges;
mod protection;
mod published_keys;
mod publishers;
mod rate_limits;
mod recurrence;
mod reminders;
mod restoring;
mod routes;
mod search;
mod store_contract;
mod tasks;
mod updates;
