//! The audit's hash chain: one for each user, so that whoever exports theirs can
//! verify it without us.
//!
//! An entry is a JSON object. Three of its members stand apart: `event` is what
//! was recorded, as it came; `salt` is 16 random bytes; `hash` seals the entry.
//!
//! - `commitment` = SHA-256(salt ‖ canonical form of `event`), so that salt and
//!   event can be erased later without breaking the chain, and nobody can guess
//!   an erased event by trying.
//! - `hash` = SHA-256(canonical form of the entry without `event`, `salt` and
//!   `hash`). It covers `number`, `previous_hash`, `commitment` and every other
//!   member there is.
//! - `previous_hash` of entry 1 is [`GENESIS`], and of every other the `hash` of
//!   the entry before.
//!
//! The canonical form is RFC 8785 (JCS); hashes and salts are lower-case hex.
//!
//! This crate never knows where entries are kept or what an event means.

mod export;
mod seal;

pub use export::{Flaw, NotAnExport, Verified, entries, verify};
pub use seal::{GENESIS, NotCanonical, Salt, canonical, commitment, hash};
