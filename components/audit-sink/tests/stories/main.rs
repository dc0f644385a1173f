//! The audit as evidence: checkpoints, and exports that they cover.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story fails by panicking"
)]

mod checkpoints;
mod exporting;
mod harness;
mod permissions;
