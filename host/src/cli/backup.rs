//! `duebell backup` and `duebell restore`.

use std::path::PathBuf;

use clap::Args;

use super::Place;

/// `duebell backup`.
#[derive(Clone, Debug, Args)]
pub struct Backup {
    /// Where to: a folder that is not there yet
    pub folder: PathBuf,
    /// The app.
    #[command(flatten)]
    pub place: Place,
}

/// `duebell restore`.
#[derive(Clone, Debug, Args)]
pub struct Restore {
    /// What `duebell backup` made
    pub folder: PathBuf,
    /// The app.
    #[command(flatten)]
    pub place: Place,
}
