//! `duebell dead-letters`.

use clap::{Args, Subcommand, ValueEnum};

use super::Place;
use super::values::{component, origin};

/// A running app, asked as an operator.
#[derive(Clone, Debug, Args)]
pub struct Service {
    /// The app's origin
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000", value_parser = origin, env = "DUEBELL_URL")]
    pub url: String,
    /// An operator's token [default: one made with the state folder's secret]
    #[arg(
        long,
        value_name = "TOKEN",
        env = "DUEBELL_TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,
    /// Where the app and its state are.
    #[command(flatten)]
    pub place: Place,
    /// Print the app's JSON
    #[arg(long)]
    pub json: bool,
}

/// `duebell dead-letters`.
#[derive(Clone, Debug, Subcommand)]
pub enum DeadLetters {
    /// List them, the newest first
    List {
        /// Those that stand there
        #[arg(long, value_enum, default_value_t = ListStatus::Open)]
        status: ListStatus,
        /// Only what this component gave up
        #[arg(long, value_name = "ID", value_parser = component)]
        subscriber: Option<String>,
        /// The app.
        #[command(flatten)]
        service: Service,
    },
    /// Show one with its event
    Show(OneDeadLetter),
    /// Deliver one once more, to the component that gave it up
    Replay(OneDeadLetter),
    /// Give one up
    Discard(OneDeadLetter),
}

/// One dead letter of an app.
#[derive(Clone, Debug, Args)]
pub struct OneDeadLetter {
    /// Its id
    pub id: u64,
    /// The app.
    #[command(flatten)]
    pub service: Service,
}

/// Which dead letters are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListStatus {
    /// Those that have not taken effect.
    Open,
    /// Those that took effect after all.
    Settled,
    /// Those that were given up.
    Discarded,
    /// All.
    All,
}

impl ListStatus {
    /// What is asked for; nothing for all.
    pub fn as_parameter(self) -> Option<&'static str> {
        match self {
            Self::Open => Some("open"),
            Self::Settled => Some("settled"),
            Self::Discarded => Some("discarded"),
            Self::All => None,
        }
    }
}
