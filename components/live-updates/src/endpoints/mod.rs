//! One file for each endpoint.

pub(crate) mod deliver;
pub(crate) mod erase;
pub(crate) mod metrics;
pub(crate) mod replay;
pub(crate) mod restored;
pub(crate) mod sweep;
