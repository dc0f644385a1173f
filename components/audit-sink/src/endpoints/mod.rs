//! One file for each endpoint.

pub(crate) mod checkpoints;
pub(crate) mod deliver;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod metrics;
pub(crate) mod sweep;
pub(crate) mod tasks;

use duebell_service::{Problem, Query, User};

/// Whose audit is asked for: the user's own, or what an operator names.
fn whose<'a>(query: &'a Query<'_>, user: &'a User) -> Result<&'a str, Problem> {
    match query.get("user_id") {
        Some(other) if other != user.id => {
            user.must_be_operator()?;
            Ok(other)
        }
        _ => Ok(&user.id),
    }
}
