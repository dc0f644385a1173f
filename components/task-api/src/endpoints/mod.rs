//! One file for each endpoint.

pub(crate) mod change;
pub(crate) mod complete;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod documents;
pub(crate) mod erasures;
pub(crate) mod health;
pub(crate) mod list;
pub(crate) mod metrics;
pub(crate) mod next_occurrence;
pub(crate) mod reminders;
pub(crate) mod reopen;
pub(crate) mod show;
pub(crate) mod sweep;
pub(crate) mod tell_health;
