//! The log of what users' open clients must show.
//!
//! live-updates writes it, update-streams reads it; both work on the database
//! `updates`, whose schema is [`MIGRATIONS`].
//!
//! - [`log`]: one log for each user, numbered without a gap from 1. It is bounded:
//!   seven days and 10,000 updates.
//! - [`connections`]: who is connected, so that there are not too many, and so that
//!   nothing is broadcast to users who are not there.
//! - [`broadcasts`]: how far the log has been given to the WebSockets' proxy.
//! - [`channel`] is what that proxy knows a user's WebSockets by, [`message`] what
//!   they are sent.
//!
//! This crate never knows what an update says.

pub mod broadcasts;
pub mod connections;
mod erase;
pub mod log;
pub mod message;
mod schema;

pub use erase::erase;
pub use schema::MIGRATIONS;

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What a proxy knows a user's WebSockets by. Any text may be a user's id; this is
/// always fit for a channel's name.
#[must_use]
pub fn channel(user_id: &str) -> String {
    let mut name = "updates-".to_owned();
    for byte in Sha256::digest(user_id.as_bytes()) {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}
