//! The index: what it finds, how it follows the events, and how it is built anew.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a story fails by panicking, and says what it did not check"
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
