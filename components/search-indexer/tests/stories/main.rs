//! The index: what it finds, how it follows the events, and how it is built anew.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a story fails by panicking"
)]

mod bad_input;
mod databases;
mod erasing;
mod finding;
mod following;
mod harness;
mod paging;
mod rebuilding;
mod same;
