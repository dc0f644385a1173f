//! The audit as evidence: hash chains, one for each user, and signed checkpoints over
//! the heads of all of them, so that whoever exports theirs can verify it without us.
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
//! A [`Checkpoint`] names the root of a Merkle tree ([`merkle`]) with one leaf for each
//! chain ([`leaf`]), and the checkpoint before; it is signed with Ed25519. An
//! [`Inclusion`] shows that a chain is in it.
//!
//! [`Export`] reads what a user exported and finds what is wrong with its entries;
//! [`Evidence`] holds it against its checkpoint, against checkpoints that were noted
//! elsewhere and against older exports.
//!
//! The canonical form is RFC 8785 (JCS); hashes and salts are lower-case hex, keys and
//! signatures base64url.
//!
//! This crate never knows where entries are kept or what an event means.

mod checkpoint;
mod digest;
mod evidence;
mod export;
mod flaw;
mod history;
mod inclusion;
mod key;
pub mod merkle;
mod noted;
mod seal;

pub use checkpoint::{Checkpoint, Distrust, FORMAT, NewCheckpoint, NotACheckpoint};
pub use digest::Digest;
pub use evidence::{Evidence, Findings, Unverified, Verified};
pub use export::Export;
pub use flaw::{CheckpointFlaw, Flaw, OlderFlaw};
pub use history::EntryFlaw;
pub use inclusion::{Inclusion, leaf};
pub use key::{Keys, NotAKey, PublicKey, SigningKey};
pub use noted::Noted;
pub use seal::{GENESIS, NotCanonical, Salt, canonical, commitment, hash};
