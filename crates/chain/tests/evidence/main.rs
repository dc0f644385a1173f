//! Exports, as a service that is honest gives them and as others would.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod checkpoints;
mod older;
mod service;
mod tampering;
