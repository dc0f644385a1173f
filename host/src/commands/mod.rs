//! What the command line can do, one file each.

pub mod api;
pub mod audit;
pub mod backup;
pub mod build;
pub mod dead_letters;
pub mod erase;
pub mod sidecar;
pub mod token;
pub mod up;

use std::io::Write;

use miette::IntoDiagnostic;
use tokio::signal;
use tracing_subscriber::EnvFilter;

/// Begins to write the host's own log to the terminal.
///
/// # Errors
///
/// When the filter cannot be read.
pub fn start_log(filter: &str) -> miette::Result<()> {
    let filter =
        EnvFilter::try_new(filter).map_err(|error| miette::miette!("--log {filter}: {error}"))?;
    // A second start in one process, as tests make it, keeps the first log.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false)
        // Else a line that cannot be written is told on stderr as well, and that panics if
        // it is stderr that is full: with it goes the thread that had something to say.
        .log_internal_errors(false)
        .try_init();
    Ok(())
}

/// Writes to standard output. Whoever closed it does not want to know.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Waits for Ctrl-C or SIGTERM.
async fn asked_to_stop() -> miette::Result<()> {
    #[cfg(unix)]
    {
        use signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).into_diagnostic()?;
        tokio::select! {
            result = signal::ctrl_c() => result.into_diagnostic(),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    signal::ctrl_c().await.into_diagnostic()
}
