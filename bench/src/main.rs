//! Measures Duebell on this machine: how soon it answers, what it holds in
//! memory, how many tasks a second it creates with all of their events relayed and
//! audited, how late reminders are, how
//! many tasks a minute come again, how soon tasks are found, and how soon changes are on
//! event streams.
//!
//! ```sh
//! cargo build --release && cargo run --release -p duebell-bench
//! ```

mod app;
mod audit;
mod create;
mod growth;
mod latency;
mod picture;
mod recurrence;
mod reminders;
mod report;
mod search;
mod updates;

use clap::{Parser, Subcommand, ValueEnum};
use serde_json::json;
use std::{path::PathBuf, time::Duration};

/// Measures Duebell on this machine.
#[derive(Parser)]
struct Arguments {
    /// The binary to measure.
    #[arg(long, default_value = "target/release/duebell")]
    duebell: PathBuf,
    /// What is measured; all of it if nothing is named. Can be repeated.
    #[arg(long, value_enum)]
    only: Vec<Workload>,
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
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Draws what was measured before, and measures nothing.
    Draw {
        /// What this program measured (--json).
        #[arg(long)]
        own: PathBuf,
        /// What the comparison with others measured.
        #[arg(long)]
        peers: PathBuf,
        /// The picture to be written.
        #[arg(long)]
        svg: PathBuf,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Workload {
    Creates,
    Reminders,
    Recurrence,
    Audit,
    Search,
    Updates,
    Growth,
    SearchGrowth,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(Command::Draw { own, peers, svg }) = &arguments.command {
        return picture::draw(own, peers, svg);
    }
    let wanted = |workload| arguments.only.is_empty() || arguments.only.contains(&workload);
    let (mut creates, mut reminders) = (Vec::new(), Vec::new());
    let (mut recurrences, mut searches) = (Vec::new(), Vec::new());
    let (mut audits, mut streams) = (Vec::new(), Vec::new());
    let mut growths = Vec::new();
    for _ in 0..arguments.runs.max(1) {
        if wanted(Workload::Creates) {
            let app = app::App::start(&arguments.duebell).await?;
            let load = create::Load {
                connections: arguments.connections,
                users: arguments.users,
                duration: Duration::from_secs(arguments.seconds),
            };
            creates.push(create::measure(app, &load).await?);
        }
        if wanted(Workload::Reminders) {
            let app = app::App::start(&arguments.duebell).await?;
            reminders.push(reminders::measure(app).await?);
        }
        if wanted(Workload::Recurrence) {
            let app = app::App::start(&arguments.duebell).await?;
            recurrences.push(recurrence::measure(app).await?);
        }
        if wanted(Workload::Audit) {
            audits.push(audit::measure(&arguments.duebell).await?);
        }
        if wanted(Workload::Search) {
            let app = app::App::start(&arguments.duebell).await?;
            searches.push(search::measure(app).await?);
        }
        if wanted(Workload::Updates) {
            streams.push(updates::measure(&arguments.duebell).await?);
        }
    }
    // Once: what is looked at is the curve.
    if wanted(Workload::Growth) {
        growths.push(growth::measure(&arguments.duebell).await?);
    }
    let mut found = Vec::new();
    if wanted(Workload::SearchGrowth) {
        found = search::growth(app::App::start(&arguments.duebell).await?).await?;
    }
    report::creates(&creates);
    report::reminders(&reminders);
    report::recurrences(&recurrences);
    report::audits(&audits);
    report::searches(&searches);
    report::updates(&streams);
    report::growth(&growths);
    report::search_growth(&found);
    if let Some(file) = arguments.json {
        let figures = json!({ "creates": creates, "reminders": reminders, "recurrences": recurrences, "audits": audits, "searches": searches, "updates": streams, "growth": growths, "search_growth": found });
        std::fs::write(file, serde_json::to_vec_pretty(&figures)?)?;
    }
    Ok(())
}
