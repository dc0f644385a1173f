//! `duebell erase`.

use clap::Args;

use super::Service;

/// `duebell erase`.
#[derive(Clone, Debug, Args)]
pub struct Erase {
    /// The user: it cannot be taken back
    #[arg(long, short, value_name = "NAME")]
    pub user: String,
    /// The app.
    #[command(flatten)]
    pub service: Service,
}
