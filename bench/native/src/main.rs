//! The nine components of Duebell as one native service: the same SQL, outbox and
//! relay, with axum in front and rusqlite below, and no Wasm. It is what Duebell is
//! measured against.
//!
//! ```sh
//! cargo build --release -p duebell-native
//! target/release/duebell-native --listen 127.0.0.1:3000 --state-dir .native --dapr-url http://127.0.0.1:3500
//! ```
//!
//! The sidecar is the same as Duebell's, in a process of its own (`duebell sidecar`).

mod components;
mod front;
mod manifest;
mod means;
mod serving;
mod sqlite;
mod streams;
mod transport;

use anyhow::Context;
use clap::Parser;
use manifest::Manifest;
use means::Means;
use mimalloc::MiMalloc;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// The same as Duebell's: it is not allocators that are compared.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Duebell's components as one native service.
#[derive(Parser)]
struct Arguments {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The folder of its databases; it is made if need be.
    #[arg(long)]
    state_dir: PathBuf,
    /// The sidecar's origin.
    #[arg(long, default_value = "http://127.0.0.1:3500")]
    dapr_url: String,
    /// What is logged at least: debug, info, warn or error.
    #[arg(long, default_value = "warn")]
    log_level: String,
    /// What users' tokens are signed with, of 32 bytes or more.
    #[arg(long, env, hide_env_values = true)]
    jwt_secret: String,
    /// What the sidecar shows.
    #[arg(long, env, hide_env_values = true)]
    app_api_token: String,
    /// What the sidecar is shown.
    #[arg(long, env, hide_env_values = true, default_value = "")]
    dapr_api_token: String,
    /// What checkpoints of the audit are signed with, as spin.toml says; none are made
    /// without it.
    #[arg(long, env, hide_env_values = true, default_value = "")]
    audit_key: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.state_dir)
        .with_context(|| format!("cannot make the folder {}", arguments.state_dir.display()))?;
    let listener = TcpListener::bind(arguments.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; try another --listen",
            arguments.listen
        )
    })?;
    let origin = format!("http://{}", listener.local_addr()?);

    let manifest = Manifest::read()?;
    let token: Arc<str> = arguments.app_api_token.as_str().into();
    let variables = manifest.variables(
        &origin,
        &[
            ("dapr_url", arguments.dapr_url),
            ("log_level", arguments.log_level),
            ("jwt_secret", arguments.jwt_secret),
            ("app_api_token", arguments.app_api_token),
            ("dapr_api_token", arguments.dapr_api_token),
            ("audit_key", arguments.audit_key),
        ],
    )?;
    let means = Means {
        variables: Arc::new(variables),
        folder: arguments.state_dir.into(),
    };
    let router = front::router(manifest, &token, |id| serving::start(id, &means))?;

    let mut terminated = signal(SignalKind::terminate())?;
    // What was answered is on disk, and what was not is found by the next sweep: there
    // is nothing to wait for.
    tokio::select! {
        ended = front::serve(listener, router) => ended?,
        _ = terminated.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}
