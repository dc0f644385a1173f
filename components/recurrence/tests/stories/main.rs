//! recurrence with a clock that the story moves, and a task-api that answers as it is
//! told.

#![expect(clippy::unwrap_used, reason = "a story fails by panicking")]

mod asking;
mod erasing;
mod harness;
