//! daprd and its scheduler, built from their Go module.

use super::{cached, copy, run};
use crate::harness::{APP_TOKEN, Client, DAPR_TOKEN, eventually, free_port, process::Process};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const MODULE: &str = "github.com/dapr/dapr@v1.18.2";

/// The two programs.
fn programs() -> PathBuf {
    let name = MODULE.replace(['/', '@'], "-");
    cached(&name, |folder| {
        let wanted = "Go 1.26 for daprd";
        let mut download = Command::new("go");
        download
            .args(["mod", "download", "-json", MODULE])
            .current_dir(folder);
        let module: serde_json::Value =
            serde_json::from_str(&run("go", wanted, &mut download)).unwrap();
        // In a copy, which can be written to, it is the main module, with its own versions
        // and sums.
        let sources = folder.join("sources");
        copy(Path::new(module["Dir"].as_str().unwrap()), &sources);
        let mut build = Command::new("go");
        build
            .args(["build", "-trimpath", "-tags", "stablecomponents", "-o"])
            .arg(folder)
            .args(["./cmd/daprd", "./cmd/scheduler"])
            .current_dir(&sources);
        run("go", wanted, &mut build);
        std::fs::remove_dir_all(sources).unwrap();
    })
}

/// A running scheduler.
pub(crate) struct Scheduler {
    process: Process,
    port: u16,
    health: Client,
}

impl Scheduler {
    /// Starts a scheduler with its data in this folder, and waits until it is ready.
    pub(crate) async fn start(folder: &Path) -> Self {
        let programs = tokio::task::spawn_blocking(programs).await.unwrap();
        let (port, health, etcd) = (free_port(), free_port(), free_port());
        let data = folder.join("scheduler");
        let process = Process::start(folder.join("scheduler.log"), move || {
            let mut scheduler = Command::new(programs.join("scheduler"));
            scheduler
                .args(["--listen-address", "127.0.0.1"])
                .args(["--port", &port.to_string()])
                .args(["--healthz-listen-address", "127.0.0.1"])
                .args(["--healthz-port", &health.to_string()])
                .args(["--enable-metrics=false"])
                .args(["--etcd-client-port", &free_port().to_string()])
                .arg("--etcd-initial-cluster")
                .arg(format!("dapr-scheduler-server-0=http://127.0.0.1:{etcd}"))
                .arg("--etcd-data-dir")
                .arg(&data);
            scheduler
        });
        let mut scheduler = Self {
            process,
            port,
            health: Client::new(format!("http://127.0.0.1:{health}")),
        };
        scheduler.ready().await;
        scheduler
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts again after [`Scheduler::kill`], and waits until it is ready.
    pub(crate) async fn start_again(&mut self) {
        self.process.start_again();
        self.ready().await;
    }

    async fn ready(&mut self) {
        self.process.must_run();
        let health = self.health.clone();
        eventually("the scheduler is healthy", async || {
            let answer = health.try_get("/healthz").await?;
            answer.status.lt(&300).then_some(())
        })
        .await;
    }
}

/// How a daprd is run.
#[derive(Clone)]
pub(crate) struct Daprd {
    pub(crate) app_id: String,
    pub(crate) app_port: u16,
    pub(crate) port: u16,
    pub(crate) grpc_port: u16,
    pub(crate) resources: PathBuf,
    pub(crate) scheduler: String,
    /// What is asked for the app's health.
    pub(crate) health_path: String,
}

impl Daprd {
    /// Starts it; what it prints goes to this log.
    pub(crate) fn start(self, log: PathBuf) -> Process {
        Process::start(log, move || self.command())
    }

    /// The command that runs it.
    pub(crate) fn command(&self) -> Command {
        let mut daprd = Command::new(programs().join("daprd"));
        daprd
            .args(["--app-id", &self.app_id])
            .args(["--app-port", &self.app_port.to_string()])
            .args(["--dapr-http-port", &self.port.to_string()])
            .args(["--dapr-grpc-port", &self.grpc_port.to_string()])
            .args(["--dapr-internal-grpc-port", &free_port().to_string()])
            .args(["--dapr-listen-addresses", "127.0.0.1"])
            .args(["--scheduler-host-address", &self.scheduler])
            .args(["--placement-host-address", ""])
            .args(["--enable-metrics=false", "--enable-app-health-check"])
            .args(["--app-health-check-path", &self.health_path])
            .args(["--app-health-probe-interval", "1"])
            .arg("--resources-path")
            .arg(&self.resources)
            .env("APP_API_TOKEN", APP_TOKEN)
            .env("DAPR_API_TOKEN", DAPR_TOKEN);
        daprd
    }
}
