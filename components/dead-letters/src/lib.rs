//! dead-letters: what subscribers gave up is kept, with why, until it took effect or an
//! operator gave it up as well.
//!
//! It consumes every subscriber's dead-letter topic as it is (`rawPayload`). Dapr adds
//! no reason: that is in the subscriber's own inbox, and is asked for over a private
//! route. What failed for a reason that passes is replayed by itself, later and later;
//! what the subscriber refused waits for an operator. A replay goes to that one
//! subscriber only, over a private route, too.
//!
//! [`App`] is the component as a function from request to answer; `spin` is its edge.
//! It owns the database `deadletters`.

mod app;
mod endpoints;
mod letter;
mod record;
mod routes;
#[cfg(target_family = "wasm")]
mod spin;
mod storage;
mod subscribers;
mod telling;
mod working;

pub use app::{App, Parts};
pub use subscribers::SUBSCRIBERS;
