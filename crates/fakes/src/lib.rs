//! What the native stories of components stand on: a sidecar that remembers and
//! forgets as it is told, and a background that waits until it is let run.
//!
//! For tests alone: it is in no component.

#![expect(clippy::panic, reason = "a test fails by panicking")]

mod background;
mod events;
mod sidecar;

pub use background::Background;
pub use events::{Envelopes, wrapped_by_dapr};
pub use sidecar::{FakeSidecar, Wire};
