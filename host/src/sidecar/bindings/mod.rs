//! Input bindings: what calls the app at set times.

pub(crate) mod cron;
pub(crate) mod schedule;
