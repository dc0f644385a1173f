//! What a component tells those who operate it.
//!
//! - [`Metrics`] is Prometheus text, [`Histogram`] a metric whose buckets are counted
//!   somewhere else, since instances forget.
//! - [`Trouble`] is what is wrong, since when, and what to do; [`Report`] is how a
//!   component tells whoever answers for all of them.
//!
//! This crate knows no component and no I/O. What it takes must hold no user's id and
//! nothing that users write: labels are few, and details are for anybody's eyes.

mod health;
mod histogram;
mod metrics;

pub use health::{Report, Trouble};
pub use histogram::{Histogram, seconds};
pub use metrics::{CONTENT_TYPE, Kind, Metrics, labels};
