//! From the sidecar's deliveries to a component's effect.
//!
//! A component implements [`Handler`]; [`Subscriber`] does the rest:
//!
//! - An event takes effect once: it enters the inbox in the transaction of its
//!   effect.
//! - Attempts are counted at their start. The third failure drops the event to
//!   the dead-letter topic, with the reason kept; so does a malformed event at
//!   once. A failure of the database's is not the event's, and is not counted.
//! - A user's events take effect in order: what follows one that is to be
//!   retried waits for it.
//! - A gap in a publisher's `sequence` is filled from the publisher's history
//!   before what came after it takes effect; [`Subscriber::sweep`] does the same
//!   where nothing came after.
//! - Events of a user who was erased are done, and have no effect.
//!
//! [`Subscriber::measure`] and [`Subscriber::tell_health`] say how it stands with all
//! of that.
//!
//! This crate never knows what the effect is.

mod counting;
mod delivered;
mod edge;
mod handling;
mod health;
mod history;
mod replays;
mod subscriber;
mod sweep;

pub use delivered::{Delivered, Malformed};
pub use handling::{Failure, Handler};
pub use history::{History, Publisher, Unavailable};
pub use subscriber::Subscriber;
pub use sweep::Swept;
