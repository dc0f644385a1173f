//! One file for each endpoint.

pub(crate) mod deliver;
pub(crate) mod list;
pub(crate) mod metrics;
pub(crate) mod sweep;
pub(crate) mod tasks;
