//! The program `duebell`.

mod demo;

use std::thread::available_parallelism;

use clap::Parser;
use duebell_host::cli::{Audit, Cli, Command};
use duebell_host::commands;
use miette::IntoDiagnostic;
use mimalloc::MiMalloc;

/// Instances and statements allocate and free all the time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> miette::Result<()> {
    let command = Cli::parse().command();
    // Databases are written on these threads, and a write waits for the disk:
    // with two for each processor, the others go on.
    let processors = available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2 * processors)
        .enable_all()
        .build()
        .into_diagnostic()?;
    runtime.block_on(async {
        match command {
            Command::Up(command) => commands::up::run(*command).await,
            Command::Demo(command) => demo::run(&command).await,
            Command::Token(command) => commands::token::run(&command),
            Command::Sidecar(command) => commands::sidecar::run(command).await,
            Command::Build(command) => commands::build::run(&command),
            Command::DeadLetters(command) => commands::dead_letters::run(command).await,
            Command::Erase(command) => commands::erase::run(command).await,
            Command::Backup(command) => commands::backup::take(&command),
            Command::Restore(command) => commands::backup::put_back(&command),
            Command::Audit(Audit::Verify(command)) => commands::audit::verify(&command),
            Command::Audit(Audit::Key(place)) => commands::audit::key(&place),
        }
    })
}
