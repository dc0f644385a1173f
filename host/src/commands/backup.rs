//! `duebell backup` and `duebell restore`.

use super::say;
use crate::backup;
use crate::cli::{Backup, Place, Restore};
use crate::manifest::Manifest;
use crate::runtime_config::RuntimeConfig;
use crate::state::StateFolder;
use std::{collections::BTreeMap, path::PathBuf};

/// Copies what the app keeps, while it runs or not.
///
/// # Errors
///
/// See [`backup::take`].
pub fn take(command: &Backup) -> miette::Result<()> {
    let (databases, state) = databases(&command.place)?;
    let made_at = backup::take(&databases, &state, &command.folder)?;
    say(&format!(
        "{} has all as it was at {made_at}. It has the secrets, too: keep it as you keep them.\n",
        command.folder.display()
    ));
    Ok(())
}

/// Puts it back.
///
/// # Errors
///
/// See [`backup::put_back`].
pub fn put_back(command: &Restore) -> miette::Result<()> {
    let (databases, state) = databases(&command.place)?;
    let made_at = backup::put_back(&databases, &state, &command.folder)?;
    say(&format!(
        "{} is as it was at {made_at}. Start the app: events that are under way there and then are made up for.\n",
        state.path().display()
    ));
    Ok(())
}

fn databases(place: &Place) -> miette::Result<(BTreeMap<String, PathBuf>, StateFolder)> {
    let manifest = Manifest::load(&place.from)?;
    let config = RuntimeConfig::load(None, &manifest.folder)?;
    let state = StateFolder::open(&place.state_folder())?;
    let databases = config.databases(&manifest, state.path())?;
    Ok((databases, state))
}
