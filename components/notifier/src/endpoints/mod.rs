//! One file for each endpoint.

pub(crate) mod deliver;
pub(crate) mod erase;
pub(crate) mod list;
pub(crate) mod metrics;
pub(crate) mod read;
pub(crate) mod read_all;
pub(crate) mod replay;
pub(crate) mod show;
pub(crate) mod sweep;
