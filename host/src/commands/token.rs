//! `duebell token`: a user's token, alone on standard output.

use miette::miette;

use crate::cli::Token;
use crate::clock;
use crate::state::{Secrets, StateFolder};

/// Runs the command.
///
/// # Errors
///
/// When the state folder cannot be used, or the name cannot be a user's.
pub fn run(command: &Token) -> miette::Result<()> {
    let state = StateFolder::open(&command.place.state_folder())?;
    let token = issue(
        &state.secrets()?,
        &command.user,
        command.operator,
        command.lifetime,
    )?;
    super::say(&format!("{token}\n"));
    Ok(())
}

/// A token for `user`, valid from now on.
///
/// # Errors
///
/// When the name cannot be a user's.
pub fn issue(
    secrets: &Secrets,
    user: &str,
    operator: bool,
    lifetime: std::time::Duration,
) -> miette::Result<String> {
    let scope = if operator { "operator" } else { "" };
    let lifetime = chrono::TimeDelta::from_std(lifetime).map_err(|error| miette!("{error}"))?;
    duebell_service::auth::issue(&secrets.jwt_secret, user, scope, clock::now(), lifetime)
        .map_err(|error| miette!("{error}"))
}
