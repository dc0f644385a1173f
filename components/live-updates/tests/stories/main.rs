//! Stories of live-updates with a proxy that is away when it is told to be.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a story fails by panicking"
)]

mod broadcasting;
mod erasing;
mod harness;
