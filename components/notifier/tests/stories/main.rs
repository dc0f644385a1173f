//! Notifications, from what rings to what the user has read.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story fails by panicking"
)]

mod erasing;
mod harness;
mod reading;
mod ringing;
mod settling;
