//! Measures Duebell on this machine: how soon it answers, what it holds in
//! memory, and how many tasks a second it creates with all of their events
//! relayed and audited.
//!
//! ```sh
//! cargo build --release && cargo run --release -p duebell-bench
//! ```

mod app;
mod create;
mod report;

use clap::Parser;
use std::{path::PathBuf, time::Duration};

/// Measures Duebell on this machine.
#[derive(Parser)]
struct Arguments {
    /// The binary to measure.
    #[arg(long, default_value = "target/release/duebell")]
    duebell: PathBuf,
    /// Connections that create tasks side by side.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Users that they create them for, in turn.
    #[arg(long, default_value_t = 64)]
    users: usize,
    /// How long tasks are created, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How often it is measured; the table has the median.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Writes the figures as JSON to this file, too.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut runs = Vec::new();
    for _ in 0..arguments.runs.max(1) {
        let app = app::App::start(&arguments.duebell).await?;
        let load = create::Load {
            connections: arguments.connections,
            users: arguments.users,
            duration: Duration::from_secs(arguments.seconds),
        };
        runs.push(create::measure(app, &load).await?);
    }
    report::print(&runs);
    if let Some(file) = arguments.json {
        std::fs::write(file, serde_json::to_vec_pretty(&runs)?)?;
    }
    Ok(())
}
