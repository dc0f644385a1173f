//! Stories of who is let in, and how often: with a clock that a story moves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod harness;
mod keys;
mod limits;
