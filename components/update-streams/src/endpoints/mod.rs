//! One file for each endpoint.

pub(crate) mod drain;
pub(crate) mod metrics;
pub(crate) mod socket;
pub(crate) mod stream;
pub(crate) mod sync;
pub(crate) mod ticket;
pub(crate) mod updates;
