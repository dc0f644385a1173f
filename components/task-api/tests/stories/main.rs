//! task-api with a clock that a story moves, and components that answer as they are told.

#![expect(clippy::unwrap_used, reason = "a story fails by panicking")]

mod erasing;
mod harness;
