//! `duebell audit …` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Place;

/// `duebell audit`.
#[derive(Clone, Debug, Subcommand)]
pub enum Audit {
    /// Verify an export, offline: what GET /api/audit/export gave, or pages of GET /api/audit
    Verify(Verify),
    /// Print the public half of the key that checkpoints are signed with, as a JWK
    Key(Place),
}

/// `duebell audit verify`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  duebell audit verify audit.ndjson --key keys.json
  duebell audit verify audit.ndjson --key keys.json --since last-month.ndjson
  duebell audit verify audit.ndjson --key keys.json --checkpoint noted.json")]
pub struct Verify {
    /// The file that holds the export
    pub file: PathBuf,
    /// Whose checkpoints to trust: a file with a JWKS or a JWK, or the key's 32 bytes in base64url; can be repeated
    #[arg(long, value_name = "FILE|KEY")]
    pub key: Vec<String>,
    /// An older export of the same chain, which this one has to go on from; can be repeated
    #[arg(long, value_name = "FILE")]
    pub since: Vec<PathBuf>,
    /// Checkpoints that were noted: pages of GET /api/audit/checkpoints, or single ones; can be repeated
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Vec<PathBuf>,
}
