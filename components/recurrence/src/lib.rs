//! recurrence: what is completed and comes again, comes again once.
//!
//! It hears of completions on `task-events`, keeps in the transaction of its inbox
//! that a next occurrence is wanted, and asks task-api for it after the answer, as
//! often as it takes. When that is and whose task it is, it never knows: task-api
//! does the arithmetic, and an occurrence is there once however often it is asked
//! for.
//!
//! [`App`] is the component as a function from request to answer; `spin` is its
//! edge. It owns the database `recurrence`.

mod app;
mod asking;
mod endpoints;
mod handler;
mod routes;
#[cfg(target_family = "wasm")]
mod spin;
mod storage;

pub use app::{App, Parts, publishers};
