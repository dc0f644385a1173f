//! One file for each endpoint.

pub(crate) mod deliver;
pub(crate) mod erase;
pub(crate) mod metrics;
pub(crate) mod progress;
pub(crate) mod rebuild;
pub(crate) mod search;
pub(crate) mod sweep;
