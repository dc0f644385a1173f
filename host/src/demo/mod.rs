//! `duebell demo`: the contract's demo, on the running system.
//!
//! Each part acts over HTTP as a user, a publisher or the sidecar would, and prints
//! what came back. This is the one place of the program that knows the app that it
//! runs, and it knows it from outside.

mod client;
mod lifecycle;
mod publishing;
mod reminder;
mod stage;
mod subscribing;
mod sync;

use duebell_host::cli::Demo;
use duebell_host::commands::{say, start_log, token};
use duebell_host::running::Running;
use miette::{IntoDiagnostic, miette};
use std::path::Path;
use std::time::Duration;

use client::Client;
use stage::Stage;

/// Whose tasks they are.
const USER: &str = "user-456";

/// How long the user's token is valid: longer than any demo.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Runs the command.
///
/// # Errors
///
/// When the app cannot be run, or a part did not come to what it should; the error
/// says which, and what was waited for.
pub(crate) async fn run(command: &Demo) -> miette::Result<()> {
    start_log(&command.log)?;
    let temporary = tempfile::Builder::new()
        .prefix("duebell-demo-")
        .tempdir()
        .into_diagnostic()?;
    let state = command.state_dir.as_deref().unwrap_or(temporary.path());
    if !is_empty(state) {
        return Err(miette!(
            help = "Name a new folder, or leave --state-dir out: then one is made, and goes with the demo.",
            "there is something in {} already, and the demo wants a state of its own",
            state.display()
        ));
    }
    let running = Running::start(&command.up(state)).await?;
    let shown = show(&running).await;
    running.stop().await;
    shown
}

/// Whether nothing is in this folder, or it is not there.
fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

async fn show(running: &Running) -> miette::Result<()> {
    running.until_ready().await?;
    let secrets = running.secrets();
    let token = token::issue(secrets, USER, false, LIFETIME)?;
    let stage = Stage {
        user: Client::new(&running.origin()).with("authorization", &format!("Bearer {token}")),
        publisher: Client::new(running.dapr_url()).with("dapr-api-token", &secrets.dapr_api_token),
        sidecar: Client::new(&running.origin()).with("dapr-api-token", &secrets.app_api_token),
    };
    say(&format!(
        "\n{} is at {}, its sidecar at {}. The user is {USER}.\n",
        running.name(),
        running.origin(),
        running.dapr_url()
    ));
    stage.title("1. Task lifecycle events");
    lifecycle::show(&stage).await?;
    stage.title("2. A reminder, from scheduled to due");
    reminder::show(&stage).await?;
    stage.title("3. Real-time sync events");
    sync::show(&stage).await?;
    stage.title("4. Publishing from another program");
    publishing::show(&stage).await?;
    stage.title("5. Subscribing");
    subscribing::show(&stage).await?;
    say("\nAll of it came. `duebell up` runs the same for you to try.\n");
    Ok(())
}
