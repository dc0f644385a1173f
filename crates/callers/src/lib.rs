//! Who asks: users by their tokens, and how often each of them may.
//!
//! [`Callers`] is the one way to a user in a component: whoever asks it learns whose
//! request it is, or answers what it says. It holds the public keys of whoever makes
//! tokens, where they are published, and counts requests, where there is a limit.
//! Both are in the component's own database ([`TABLES`]), since instances share no
//! memory and live for seconds.
//!
//! This crate never knows what a request asks for.

mod access;
mod callers;
mod limits;
mod published;

#[cfg(target_family = "wasm")]
pub mod spin;

pub use access::{Access, Fetch, Limit, fetch};
pub use callers::{Caller, Callers};
pub use limits::Budget;

/// The tables that a component needs for its callers: a step of its migrations. Times
/// are since 1970: milliseconds, and microseconds in `request_limits`.
pub const TABLES: &[&str] = &[
    // One row: the keys that were published at `url`. `asked_at` is when somebody last
    // went for them, whatever came of it.
    "CREATE TABLE published_keys (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        url TEXT NOT NULL,
        asked_at INTEGER NOT NULL,
        fetched_at INTEGER,
        keys TEXT
    )",
    // Users by hash: who asked of late is nobody's business later.
    "CREATE TABLE request_limits (
        \"user\" BLOB NOT NULL PRIMARY KEY,
        full_at INTEGER NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX request_limits_age ON request_limits (full_at)",
];
