//! `duebell sidecar`: the embedded sidecar alone.

use std::net::SocketAddr;

use crate::cli::Sidecar;
use crate::sidecar::{self, Resources, SidecarConfig};
use crate::state::StateFolder;

/// Runs the command, until it is asked to stop.
///
/// # Errors
///
/// When a resource is wrong, or the port or the data cannot be used.
pub async fn run(command: Sidecar) -> miette::Result<()> {
    super::start_log(&command.log)?;
    let resources = Resources::load(&command.resources_path, &command.app_id)?;
    // The data's folder is in a state folder, where the secrets are.
    let parent = command.data_dir.parent();
    let state = StateFolder::open(parent.unwrap_or(&command.data_dir))?;
    let secrets = state.secrets()?.with_environment();
    let sidecar = sidecar::start(SidecarConfig {
        app_id: command.app_id,
        app_origin: format!(
            "http://{}:{}",
            command.app_channel_address, command.app_port
        ),
        listen: SocketAddr::new(command.dapr_listen_addresses, command.dapr_http_port),
        resources,
        data_dir: command.data_dir,
        dapr_api_token: secrets.dapr_api_token,
        app_api_token: secrets.app_api_token,
        app_health_path: command.app_health_check_path,
    })
    .await?;
    super::say(&format!("The sidecar is at http://{}\n", sidecar.address()));
    tokio::select! {
        asked = super::asked_to_stop() => asked?,
        () = sidecar.shutdown_requested() => {}
    }
    sidecar.shutdown().await;
    Ok(())
}
