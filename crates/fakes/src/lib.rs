//! What the native stories of components stand on: a sidecar that remembers and
//! forgets as it is told, a background that waits until it is let run, and time that
//! passes when it is told to.
//!
//! For tests alone: it is in no component.

#![expect(clippy::panic, reason = "a test fails by panicking")]

mod background;
mod disk;
mod events;
mod sidecar;
mod time;

pub use background::Background;
pub use disk::files_with;
pub use events::{Envelopes, wrapped_by_dapr};
pub use sidecar::{FakeSidecar, Wire};
pub use time::Time;
