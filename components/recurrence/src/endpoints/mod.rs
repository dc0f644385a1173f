//! One file for each endpoint.

pub(crate) mod deliver;
pub(crate) mod sweep;
