//! `duebell up`: builds and runs the app.

use std::time::Duration;

use super::token;
use crate::cli::Up;
use crate::running::Running;

/// The user of the first example.
const EXAMPLE_USER: &str = "alice";

/// Runs the command, until it is asked to stop.
///
/// # Errors
///
/// When anything is wrong with the app, its build, its state or its ports.
pub async fn run(command: Up) -> miette::Result<()> {
    super::start_log(&command.log)?;
    let running = Running::start(&command).await?;
    super::say(&greeting(&running)?);
    tokio::select! {
        asked = super::asked_to_stop() => asked?,
        () = running.told_to_stop() => {}
    }
    tracing::info!("finishing what is under way");
    tokio::select! {
        () = running.stop() => {}
        _ = super::asked_to_stop() => {}
    }
    Ok(())
}

/// What `up` prints once the app runs: the one place that shows secrets.
fn greeting(running: &Running) -> miette::Result<String> {
    let origin = running.origin();
    let day = Duration::from_secs(24 * 60 * 60);
    let (whose, token) = match running.publishes_keys() {
        Some(url) => (
            format!("with a token that is signed with a key of {url}"),
            "$TOKEN".to_owned(),
        ),
        None => (
            format!(
                "as {EXAMPLE_USER} (the token is valid for a day; another one: duebell token --user NAME)"
            ),
            token::issue(running.secrets(), EXAMPLE_USER, false, day)?,
        ),
    };
    Ok(format!(
        "
{name} is at {origin}
Its sidecar is at {dapr_url}; publishers show it this token:
  DAPR_API_TOKEN={dapr_api_token}

A first request, {whose}:
  curl -i {origin}/api/tasks -H \"authorization: Bearer {token}\" -H 'content-type: application/json' -d '{{\"title\": \"Buy groceries\"}}'

What changes, as it changes, in another terminal:
  curl -N {origin}/api/updates -H \"authorization: Bearer {token}\"

{metrics}Ctrl-C ends it.
",
        name = running.name(),
        dapr_url = running.dapr_url(),
        metrics = running
            .metrics_url()
            .map_or(String::new(), |url| format!("Its metrics are at {url}\n\n")),
        dapr_api_token = running.secrets().dapr_api_token,
    ))
}
