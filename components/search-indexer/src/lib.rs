//! search-indexer: finds a user's tasks by their words.
//!
//! A full-text index follows `task-events`. An event never overwrites what a later
//! one left ([`task::Standing`]), so that replays may come in any order; a deleted
//! task leaves a tombstone. The index can be built anew from the audit while it goes
//! on serving (`rebuild`).
//!
//! [`query`] reads what a user searches for, `storage::index` is all that knows the
//! full-text engine of the database. [`App`] is the component as a function from
//! request to answer; `spin` is its edge. It owns the database `search`.

mod app;
mod audit;
mod endpoints;
mod handler;
mod highlight;
mod indexing;
mod pages;
pub mod query;
mod rebuild;
mod routes;
#[cfg(target_family = "wasm")]
mod spin;
mod storage;
pub mod task;
mod words;

pub use app::{App, Parts, publishers};
pub use audit::Audit;
