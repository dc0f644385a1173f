//! Reminders, from what is heard of them to their ringing, with a clock that the
//! story moves.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story fails by panicking"
)]

mod alarms;
mod erasing;
mod harness;
mod jobs;
mod news;
