//! One file for each endpoint.

pub(crate) mod deliver;
pub(crate) mod erase;
pub(crate) mod job;
pub(crate) mod metrics;
pub(crate) mod replay;
pub(crate) mod sweep;
