//! A running app, with its sidecar.
//!
//! What can be wrong is looked at first ([`Plan`]), and what takes time happens at
//! once: files are checked and ports opened before anything is built; the engine
//! starts while components are built; components load while the sidecar starts.

mod notices;
mod plan;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use miette::{IntoDiagnostic, miette};
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;

use self::notices::Notice;
use self::plan::Plan;
use crate::app::{App, Parts};
use crate::cli::Up;
use crate::compiled::Compiled;
use crate::grip::{self, Grip};
use crate::http::{Server, server};
use crate::instances::{Lives, trap};
use crate::manifest::{Component, Manifest};
use crate::metrics::{HostMetrics, Scrape};
use crate::sidecar::{self, Resources, RunningSidecar, SidecarConfig};
use crate::state::{Secrets, StateFolder, StateLock};
use crate::variables::{Sources, Variables};
use crate::{builder, component, engine, sqlite};

/// How long requests may take to end after the stop.
const REQUESTS: Duration = Duration::from_secs(6);

/// How long what instances do after their answers may take then.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// And the sidecar.
const SIDECAR: Duration = Duration::from_secs(2);

/// A running app.
pub struct Running {
    name: String,
    address: SocketAddr,
    dapr_url: String,
    metrics: Option<SocketAddr>,
    secrets: Secrets,
    jwks_url: Option<String>,
    ready: watch::Receiver<bool>,
    sidecar: Option<RunningSidecar>,
    databases: BTreeMap<String, Arc<sqlite::Database>>,
    serving: JoinHandle<()>,
    lives: Lives,
    stop: CancellationToken,
    grip: Option<Arc<Grip>>,
    drains: Vec<Notice>,
    app: Arc<App>,
    _lock: StateLock,
}

impl Running {
    /// Builds and starts the app.
    ///
    /// # Errors
    ///
    /// When anything is wrong with the app, its build, its state or its ports.
    pub async fn start(command: &Up) -> miette::Result<Self> {
        let Plan {
            manifest,
            mut sources,
            files,
            state,
            secrets,
            resources,
        } = Plan::make(command)?;
        let lock = state.lock()?;
        let listener = server::bind(command.listen, "--listen").await?;
        let address = listener.local_addr().unwrap_or(command.listen);

        let stop = CancellationToken::new();
        let grip = match &command.grip {
            None if takes_websockets(&manifest, &sources, command) => {
                let listener = server::bind(command.grip_listen, "--grip-listen").await?;
                let address = listener.local_addr().unwrap_or(command.grip_listen);
                let origin = grip::origin(address);
                sources.host.insert("grip_url".to_owned(), origin);
                let key = sources.value("grip_key").cloned().unwrap_or_default();
                let grip = Grip::new(&key, stop.clone())?;
                tokio::spawn(grip.clone().serve(listener));
                Some(grip)
            }
            _ => None,
        };
        let limits = command.limits.limits();
        let server = Server::new(&manifest, grip.clone(), limits);
        let serving = tokio::spawn(server.clone().serve(listener, stop.clone()));

        let scraped = match command.metrics_listen {
            Some(address) => Some(server::bind(address, "--metrics-listen").await?),
            None => None,
        };

        let databases = spawn_blocking(move || open_all(&files));
        let compiled = Compiled::new(&builder::cache_folder(&manifest.folder).join("compiled"))?;
        let fuel = command.count_fuel;
        let engine = spawn_blocking(move || engine::make(fuel));
        if !command.no_build {
            let manifest = manifest.clone();
            joined(spawn_blocking(move || builder::build_all(&manifest))).await?;
        }
        let engine = joined(engine).await?;
        let databases = joined(databases).await?;
        let sidecar = async {
            match resources {
                Some(resources) => start_sidecar(command, &state, &secrets, resources, address)
                    .await
                    .map(Some),
                None => Ok(None),
            }
        };
        let (loaded, sidecar) =
            tokio::try_join!(component::load_all(&engine, &manifest, &compiled), sidecar)?;

        let dapr_url = match (&command.sidecar, &sidecar) {
            (Some(url), _) => url.clone(),
            (None, Some(sidecar)) => format!("http://{}", sidecar.address()),
            (None, None) => String::new(),
        };
        sources.host.insert("dapr_url".to_owned(), dapr_url.clone());
        let lives = Lives::default();
        let metrics = HostMetrics::new().into_diagnostic()?;
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
                limits,
                metrics: metrics.clone(),
            },
        )?;
        if let Some(file) = &command.trap_from {
            tokio::spawn(trap::follow(file.clone(), Arc::downgrade(&app)));
        }
        if state.restored().exists() {
            let wanted = notices::of(&manifest, |component| component.restored.as_ref());
            if notices::tell(&app, &wanted, address, &secrets).await {
                std::fs::remove_file(state.restored()).into_diagnostic()?;
            }
        }
        server.set_app(app.clone());
        let metrics_address = scraped.as_ref().and_then(|port| port.local_addr().ok());
        if let Some(listener) = scraped {
            let scrape = Scrape::new(
                &manifest,
                app.clone(),
                metrics,
                sidecar.as_ref().map(RunningSidecar::metrics),
                grip.clone(),
                address,
                &secrets.app_api_token,
            );
            tokio::spawn(scrape.serve(listener, stop.clone()));
        }
        let (is_ready, ready) = watch::channel(false);
        let subscribed = sidecar.as_ref().map(RunningSidecar::subscribed);
        tokio::spawn(async move {
            if let Some(mut subscribed) = subscribed
                && subscribed.wait_for(|subscribed| *subscribed).await.is_err()
            {
                return; // The sidecar ended before that.
            }
            server.set_ready();
            is_ready.send_replace(true);
        });
        let jwks_url = sources.value("jwks_url").cloned();
        Ok(Self {
            jwks_url: jwks_url.filter(|url| !url.is_empty()),
            name: manifest.name.clone(),
            address,
            dapr_url,
            metrics: metrics_address,
            secrets,
            ready,
            sidecar,
            databases,
            serving,
            lives,
            stop,
            grip,
            drains: notices::of(&manifest, |component| component.drain.as_ref()),
            app,
            _lock: lock,
        })
    }

    /// The application's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where clients find it.
    pub fn origin(&self) -> String {
        format!("http://{}", reachable(self.address))
    }

    /// Where its sidecar is.
    pub fn dapr_url(&self) -> &str {
        &self.dapr_url
    }

    /// Where its metrics are, if they are served.
    pub fn metrics_url(&self) -> Option<String> {
        self.metrics
            .map(|address| format!("http://{address}/metrics"))
    }

    /// What only this installation knows.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Where the keys of users' tokens are published; none if they are signed with the
    /// secret.
    pub fn publishes_keys(&self) -> Option<&str> {
        self.jwks_url.as_deref()
    }

    /// Waits until the embedded sidecar has subscribed. (What a real one does is not
    /// known here.)
    ///
    /// # Errors
    ///
    /// When it ended before that.
    pub async fn until_ready(&self) -> miette::Result<()> {
        let mut ready = self.ready.clone();
        let waited = ready.wait_for(|ready| *ready).await;
        waited
            .map(drop)
            .map_err(|_| miette!("the sidecar ended before it had subscribed"))
    }

    /// Waits until the sidecar is asked to shut down over HTTP.
    pub async fn told_to_stop(&self) {
        match &self.sidecar {
            Some(sidecar) => sidecar.shutdown_requested().await,
            None => std::future::pending().await,
        }
    }

    /// Lets what is under way end, for ten seconds at most: requests, what instances
    /// do after their answers, and the sidecar, in this order.
    pub async fn stop(self) {
        notices::tell(&self.app, &self.drains, self.address, &self.secrets).await;
        self.stop.cancel();
        // Each has its own time: a client that does not read must not keep the sidecar
        // from closing its files.
        let requests = async {
            let _ = self.serving.await;
            if let Some(grip) = &self.grip {
                grip.closed().await;
            }
        };
        within(REQUESTS, "requests", requests).await;
        within(AFTERWARDS, "what instances do", self.lives.end()).await;
        if let Some(sidecar) = self.sidecar {
            within(SIDECAR, "the sidecar", sidecar.shutdown()).await;
        }
        for database in self.databases.values() {
            database.close();
        }
    }
}

/// Whether a component speaks to a GRIP proxy, and nobody names another one.
fn takes_websockets(manifest: &Manifest, sources: &Sources, command: &Up) -> bool {
    let own = grip::origin(command.grip_listen);
    let speaks_grip = |component: &Component| component.variables.contains_key("grip_key");
    manifest.components.values().any(speaks_grip) && sources.value("grip_url") == Some(&own)
}

/// Waits for something to end, and cuts it off if it does not.
async fn within(time: Duration, what: &str, ended: impl Future<Output = ()>) {
    if tokio::time::timeout(time, ended).await.is_err() {
        tracing::warn!("{what} did not end within {} s: cut off", time.as_secs());
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

/// The result of a task that runs beside this one.
async fn joined<T>(task: JoinHandle<miette::Result<T>>) -> miette::Result<T> {
    task.await.map_err(|error| miette!("{error}"))?
}
