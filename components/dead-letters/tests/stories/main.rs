//! dead-letters with a clock that the story moves, and a subscriber that answers as it
//! is told.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story fails by panicking"
)]

mod arriving;
mod erasing;
mod harness;
mod operating;
mod passing;
