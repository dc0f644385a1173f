//! `duebell up`: builds and runs the app.
//!
//! What can be wrong is looked at first, and what takes time happens at once:
//! files are checked and ports opened before anything is built; the engine
//! starts while components are built; components load while the sidecar starts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use miette::miette;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::token;
use crate::app::{App, Parts};
use crate::cli::Up;
use crate::http::{Server, server};
use crate::instances::Lives;
use crate::manifest::Manifest;
use crate::runtime_config::RuntimeConfig;
use crate::sidecar::{self, Resources, RunningSidecar, SidecarConfig};
use crate::state::{Secrets, StateFolder};
use crate::variables::{Sources, Variables};
use crate::{builder, component, engine, sqlite};

/// How long the end of a run may take.
const DRAIN: Duration = Duration::from_secs(10);

/// The user of the first example.
const EXAMPLE_USER: &str = "alice";

/// Runs the command, until it is asked to stop.
///
/// # Errors
///
/// When anything is wrong with the app, its build, its state or its ports.
pub async fn run(command: Up) -> miette::Result<()> {
    super::start_log(&command.log)?;
    let Plan {
        manifest,
        mut sources,
        files,
        state,
        secrets,
        resources,
    } = Plan::make(&command)?;
    let _lock = state.lock()?;
    let listener = server::bind(command.listen, "--listen").await?;
    let address = listener.local_addr().unwrap_or(command.listen);

    let server = Server::new(&manifest);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(server.clone().serve(listener, stop.clone()));

    let databases = spawn_blocking(move || open_all(&files));
    let cache = builder::cache_folder(&manifest.folder).join("wasmtime");
    let engine = spawn_blocking(move || engine::make(&cache));
    if !command.no_build {
        let manifest = manifest.clone();
        joined(spawn_blocking(move || builder::build_all(&manifest))).await?;
    }
    let engine = joined(engine).await?;
    let databases = joined(databases).await?;
    let sidecar = async {
        match resources {
            Some(resources) => start_sidecar(&command, &state, &secrets, resources, address)
                .await
                .map(Some),
            None => Ok(None),
        }
    };
    let (loaded, sidecar) = tokio::try_join!(component::load_all(&engine, &manifest), sidecar)?;

    let dapr_url = match (&command.sidecar, &sidecar) {
        (Some(url), _) => url.clone(),
        (None, Some(sidecar)) => format!("http://{}", sidecar.address()),
        (None, None) => String::new(),
    };
    sources.host.insert("dapr_url".to_owned(), dapr_url.clone());
    let lives = Lives::default();
    let app = App::assemble(
        &manifest,
        loaded,
        &Parts {
            engine,
            variables: Variables::resolve(&manifest, &sources)?,
            databases: databases.clone(),
            logs: state.logs()?,
            follow: !command.quiet,
            lives: lives.clone(),
        },
    )?;
    server.set_app(app.clone());
    match &sidecar {
        Some(sidecar) => {
            let mut subscribed = sidecar.subscribed();
            let server = server.clone();
            tokio::spawn(async move {
                if subscribed.wait_for(|subscribed| *subscribed).await.is_ok() {
                    server.set_ready();
                }
            });
        }
        None => server.set_ready(),
    }
    super::say(&greeting(address, &dapr_url, &secrets, &manifest)?);

    let told_to_stop = async {
        match &sidecar {
            Some(sidecar) => sidecar.shutdown_requested().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        asked = super::asked_to_stop() => asked?,
        () = told_to_stop => {}
    }
    tracing::info!("finishing what is under way");
    stop.cancel();
    tokio::select! {
        () = drain(serving, &lives, sidecar) => {}
        () = tokio::time::sleep(DRAIN) => {
            tracing::warn!("after {} s there is still something under way: it is cut off", DRAIN.as_secs());
        }
        _ = super::asked_to_stop() => {}
    }
    for database in databases.values() {
        database.close();
    }
    Ok(())
}

/// Lets requests, what instances do after their answers, and the sidecar end in
/// this order.
async fn drain(serving: JoinHandle<()>, lives: &Lives, sidecar: Option<RunningSidecar>) {
    let _ = serving.await;
    lives.end().await;
    if let Some(sidecar) = sidecar {
        sidecar.shutdown().await;
    }
}

/// What is known and checked before anything is started.
struct Plan {
    manifest: Arc<Manifest>,
    sources: Sources,
    files: BTreeMap<String, PathBuf>,
    state: StateFolder,
    secrets: Secrets,
    /// For the embedded sidecar; none where there is a real one.
    resources: Option<Resources>,
}

impl Plan {
    fn make(command: &Up) -> miette::Result<Self> {
        let manifest = Manifest::load(&command.place.from)?;
        let config = RuntimeConfig::load(command.runtime_config_file.as_deref(), &manifest.folder)?;
        let files = config.databases(&manifest, &command.place.state_folder())?;
        let resources = match command.sidecar {
            Some(_) => None,
            None => {
                let folder = command
                    .resources_path
                    .clone()
                    .unwrap_or_else(|| manifest.folder.join("deploy/dapr"));
                Some(Resources::load(&folder, &command.app_id)?)
            }
        };
        let set = command.set.iter().cloned().collect();
        let mut sources = Sources::read(&manifest.folder, set)?;
        let state = StateFolder::open(&command.place.state_folder())?;
        let secrets = state.secrets()?.with_environment();
        let dapr_url = command
            .sidecar
            .clone()
            .unwrap_or_else(|| format!("http://{}", command.sidecar_listen));
        sources.host = BTreeMap::from([
            ("jwt_secret".to_owned(), secrets.jwt_secret.clone()),
            ("app_api_token".to_owned(), secrets.app_api_token.clone()),
            ("dapr_api_token".to_owned(), secrets.dapr_api_token.clone()),
            ("dapr_url".to_owned(), dapr_url),
        ]);
        // A fault in a value shows before the build. (The sidecar's port may be
        // another one later, which changes nothing here.)
        let variables = Variables::resolve(&manifest, &sources)?;
        for component in manifest.components.values() {
            crate::outbound::AllowList::resolve(&manifest, component, &variables)?;
        }
        Ok(Self {
            manifest: Arc::new(manifest),
            sources,
            files,
            state,
            secrets,
            resources,
        })
    }
}

fn open_all(
    files: &BTreeMap<String, PathBuf>,
) -> miette::Result<BTreeMap<String, Arc<sqlite::Database>>> {
    files
        .iter()
        .map(|(label, path)| Ok((label.clone(), sqlite::Database::open(path)?)))
        .collect()
}

async fn start_sidecar(
    command: &Up,
    state: &StateFolder,
    secrets: &Secrets,
    resources: Resources,
    app: SocketAddr,
) -> miette::Result<RunningSidecar> {
    sidecar::start(SidecarConfig {
        app_id: command.app_id.clone(),
        app_origin: format!("http://{}", reachable(app)),
        listen: command.sidecar_listen,
        resources,
        data_dir: state.sidecar(),
        dapr_api_token: secrets.dapr_api_token.clone(),
        app_api_token: secrets.app_api_token.clone(),
        app_health_path: "/.well-known/spin/health".to_owned(),
    })
    .await
}

/// The address to call for one that is listened on: "all addresses" is none.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let mut address = listening;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// What `up` prints once the app runs: the one place that shows secrets.
fn greeting(
    address: SocketAddr,
    dapr_url: &str,
    secrets: &Secrets,
    manifest: &Manifest,
) -> miette::Result<String> {
    let origin = format!("http://{}", reachable(address));
    let day = Duration::from_secs(24 * 60 * 60);
    let token = token::issue(secrets, EXAMPLE_USER, false, day)?;
    Ok(format!(
        "
{name} is at {origin}
Its sidecar is at {dapr_url}; publishers show it this token:
  DAPR_API_TOKEN={dapr_api_token}

A first request, as {EXAMPLE_USER} (the token is valid for a day; another one: duebell token --user NAME):
  curl -i {origin}/api/tasks -H 'authorization: Bearer {token}' -H 'content-type: application/json' -d '{{\"title\": \"Buy groceries\"}}'

Ctrl-C ends it.
",
        name = manifest.name,
        dapr_api_token = secrets.dapr_api_token,
    ))
}

/// The result of a task that runs beside this one.
async fn joined<T>(task: JoinHandle<miette::Result<T>>) -> miette::Result<T> {
    task.await.map_err(|error| miette!("{error}"))?
}
