//! The embedded sidecar: Dapr's HTTP interface for what Duebell uses, with a log on
//! disk in place of Kafka, and jobs on disk in place of Dapr's scheduler.
//!
//! It behaves as a real daprd does, for all that it covers: publish and bulk publish,
//! subscriptions, retries and dead letters, jobs, cron bindings, tokens, health and
//! metadata. It reads the same resource files, and does not start with one that holds
//! what it does not implement. Where it differs, it is to lose nothing:
//!
//! - An app that cannot be reached is not a failed attempt: deliveries and jobs wait
//!   for it.
//! - A bulk delivery goes out as soon as the app is free, not after
//!   `maxAwaitDurationMs`; of a batch only what failed is delivered again; and a
//!   batch that fails holds up its own partition only.
//! - What cannot be written to its dead-letter topic stays.
//!
//! ```text
//! api ──▶ envelope ──▶ broker ──▶ delivery ──▶ app
//!                        ▲           │
//!                        └─dead letters
//! api ──▶ jobs ──▶ app
//! ```

mod api;
mod app;
mod bindings;
mod broker;
mod clock;
mod database;
mod delivery;
mod discovery;
mod envelope;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod jobs;
mod metrics;
mod resources;
mod subscriptions;
#[cfg(test)]
mod tests;
mod trace;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use miette::{IntoDiagnostic, miette};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use metrics::SidecarMetrics;
pub use resources::Resources;

use crate::http::server::bind;
use api::State;
use app::App;
use broker::{Broker, Retention};
use clock::Clock;
use delivery::Delivery;
use jobs::{Jobs, Runner};

/// How long what is under way may go on after [`RunningSidecar::shutdown`].
const DRAIN: Duration = Duration::from_secs(15);

/// What a sidecar is started with.
#[derive(Clone)]
pub struct SidecarConfig {
    /// The app's Dapr app-id. Scopes name it, and it is the default consumer group.
    pub app_id: String,
    /// Where the app is: `http://127.0.0.1:3000`.
    pub app_origin: String,
    /// Where the sidecar listens. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The resource files.
    pub resources: Resources,
    /// Where the log and the jobs are kept, for this sidecar alone. Made if it is not
    /// there.
    pub data_dir: PathBuf,
    /// What callers show (`dapr-api-token`). Must not be empty.
    pub dapr_api_token: String,
    /// What the sidecar shows to the app. Empty: nothing.
    pub app_api_token: String,
    /// The path of the app's health check. It is asked without the token and with
    /// the header `duebell-sidecar: 1`.
    pub app_health_path: String,
}

impl std::fmt::Debug for SidecarConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SidecarConfig")
            .field("app_id", &self.app_id)
            .field("app_origin", &self.app_origin)
            .field("listen", &self.listen)
            .field("data_dir", &self.data_dir)
            .field("app_health_path", &self.app_health_path)
            .finish_non_exhaustive()
    }
}

/// A sidecar that runs until it is shut down.
#[derive(Debug)]
pub struct RunningSidecar {
    address: SocketAddr,
    subscribed: watch::Receiver<bool>,
    stop: CancellationToken,
    tasks: TaskTracker,
    broker: Broker,
    jobs: Jobs,
    metrics: SidecarMetrics,
}

/// Starts a sidecar. It takes publishes and jobs at once, and delivers once the app is
/// healthy.
///
/// # Errors
/// The configuration is not usable, the address is taken, or the log or the jobs cannot
/// be opened.
pub async fn start(config: SidecarConfig) -> miette::Result<RunningSidecar> {
    start_with(config, Retention::default(), Clock::system()).await
}

async fn start_with(
    config: SidecarConfig,
    retention: Retention,
    clock: Clock,
) -> miette::Result<RunningSidecar> {
    if config.dapr_api_token.is_empty() {
        return Err(miette!(
            "the sidecar's token (DAPR_API_TOKEN) is empty: set one, or leave it out to have one made up"
        ));
    }
    let app = App::new(
        &config.app_origin,
        &config.app_api_token,
        &config.app_health_path,
    )
    .map_err(|why| miette!("{why}"))?;
    let metrics = SidecarMetrics::new().into_diagnostic()?;
    let broker = Broker::open(&config.data_dir, retention)
        .await
        .into_diagnostic()?;
    // The broker has locked the folder.
    let jobs = match Jobs::open(&config.data_dir, clock).await {
        Ok(jobs) => jobs,
        Err(error) => {
            broker.close().await;
            return Err(error).into_diagnostic();
        }
    };
    let listener = bind(config.listen, "--sidecar-listen").await?;
    let address = listener.local_addr().into_diagnostic()?;
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let resources = Arc::new(config.resources);
    let state = Arc::new(State {
        app_id: config.app_id,
        token: config.dapr_api_token,
        resources: resources.clone(),
        broker: broker.clone(),
        jobs: jobs.clone(),
        app: app.clone(),
        subscriptions: RwLock::new(Arc::from([])),
        metrics: metrics.clone(),
        ready: AtomicBool::new(false),
        stop: stop.clone(),
    });
    let delivery = Delivery {
        broker: broker.clone(),
        app: app.clone(),
        resources: resources.clone(),
        stop: stop.clone(),
        tasks: tasks.clone(),
        metrics: metrics.clone(),
    };
    let (subscribed, receiver) = watch::channel(false);
    tasks.spawn(api::serve(listener, state.clone()));
    let probed = app.clone();
    let probe_stop = stop.clone();
    tasks.spawn(async move { probed.probe(probe_stop).await });
    let runner = Runner {
        jobs: jobs.clone(),
        app: app.clone(),
        stop: stop.clone(),
        tasks: tasks.clone(),
        metrics: metrics.clone(),
    };
    tasks.spawn(runner.run());
    for cron in resources.crons.iter().cloned() {
        tasks.spawn(bindings::cron::run(cron, app.clone(), stop.clone()));
    }
    let stopped = stop.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = stopped.cancelled() => {}
            () = subscribe(&state, &delivery, &subscribed) => {}
        }
    });
    Ok(RunningSidecar {
        address,
        subscribed: receiver,
        stop,
        tasks,
        broker,
        jobs,
        metrics,
    })
}

/// Waits for the app, asks it what it wants, and starts the deliveries.
async fn subscribe(state: &State, delivery: &Delivery, subscribed: &watch::Sender<bool>) {
    state.app.until_healthy().await;
    state.ready.store(true, Ordering::Release);
    let from_app = discovery::discover(&state.app, &state.app_id).await;
    let merged = subscriptions::merge(&state.resources, from_app);
    let mut active = merged.clone();
    active.retain(|subscription| subscriptions::is_active(&state.resources, subscription));
    let count = active.len();
    *state
        .subscriptions
        .write()
        .unwrap_or_else(PoisonError::into_inner) = Arc::from(merged);
    match delivery.start(&active).await {
        Ok(()) => {
            tracing::info!(subscriptions = count, "the sidecar delivers");
            subscribed.send_replace(true);
        }
        Err(error) => tracing::error!(%error, "the sidecar cannot deliver"),
    }
}

impl RunningSidecar {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it counts.
    pub fn metrics(&self) -> SidecarMetrics {
        self.metrics.clone()
    }

    /// Becomes true when the app was asked what it subscribes to and deliveries run.
    pub fn subscribed(&self) -> watch::Receiver<bool> {
        self.subscribed.clone()
    }

    /// Waits until somebody asks for the shutdown over HTTP (`POST /v1.0/shutdown`).
    /// The sidecar then drains; whoever runs it calls [`RunningSidecar::shutdown`].
    pub async fn shutdown_requested(&self) {
        self.stop.cancelled().await;
    }

    /// Takes no more requests, lets what is under way end (up to 15 s), writes the
    /// positions and the jobs' results, and closes the files. Undelivered events and
    /// jobs stay for the next start.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(DRAIN, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "deliveries were still under way after {DRAIN:?}: they will be repeated"
            );
        }
        self.jobs.close().await;
        self.broker.close().await;
    }
}
