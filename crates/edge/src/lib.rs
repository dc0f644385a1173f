//! Where a component meets its host.
//!
//! - [`Failure`] is why a request was not done: a problem for the caller, or a
//!   fault that the log hears of and the caller does not.
//! - [`must_show_token`] keeps away who is neither the sidecar nor a component, and
//!   [`most_body`] is how much anybody may send.
//! - [`protect`] is what answers tell browsers.
//! - [`parameters`] reads what requests of all components may carry.
//! - [`streaming`] is for answers whose body goes on, [`Turn`] for background work
//!   that an instance does one at a time.
//! - [`report`] tells whoever answers for all components how one of them is.
//! - In a component, `spin` turns Spin's requests and answers into `http`'s.
//!
//! This crate never knows what a request asks for.

mod failure;
mod internal;
pub mod parameters;
mod protection;
mod reporting;
#[cfg(target_family = "wasm")]
pub mod spin;
pub mod streaming;
mod turn;

pub use failure::{Failure, Headed};
pub use internal::{most_body, must_show_token};
pub use protection::protect;
pub use reporting::report;
pub use turn::{Taken, Turn};

use duebell_store::LocalFuture;

/// Runs work after the answer. It is not durable: whatever it does has to be
/// found by a sweep as well.
pub type Spawn = Box<dyn Fn(LocalFuture<'static, ()>)>;

/// Waits.
pub type Sleep = std::rc::Rc<dyn Fn(std::time::Duration) -> LocalFuture<'static, ()>>;
