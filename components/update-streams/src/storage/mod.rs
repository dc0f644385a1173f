//! What update-streams has in the database `updates` beside the log.

pub(crate) mod drains;
pub(crate) mod tickets;
