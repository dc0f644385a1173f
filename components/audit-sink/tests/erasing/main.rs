//! audit-sink with a clock that stands still, and events that a story delivers.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a story fails by panicking"
)]

mod erasing;
mod harness;
