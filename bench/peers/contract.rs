//! The contract's stack: FastAPI, SQLModel and uvicorn, publishing to a real daprd.

use crate::{
    contender::{Contender, subscribed, tokens},
    harness::{APP_TOKEN, DAPR_TOKEN, Daprd, Process, Servers, cached, free_port, project, run},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The service with its sidecar and Kafka.
pub(crate) async fn on_dapr() -> Contender {
    let packages = tokio::task::spawn_blocking(packages).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let servers = Servers::start(state.path()).await;
    let (port, sidecar) = (free_port(), free_port());
    let (secret, tokens) = tokens(state.path());
    let database = state.path().join("tasks.db");
    let service = Process::start(state.path().join("uvicorn.log"), move || {
        let mut command = Command::new(python());
        command
            .args([
                "-m",
                "uvicorn",
                "main:app",
                "--host",
                "127.0.0.1",
                "--no-access-log",
            ])
            .args(["--log-level", "warning", "--port", &port.to_string()])
            // One for each processor: faster than one, and than three (its README).
            .args(["--workers", "2"])
            .env("PYTHONPATH", &packages)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("DATABASE", &database)
            .env("JWT_SECRET", &secret)
            .env("APP_API_TOKEN", APP_TOKEN)
            .env("DAPR_API_TOKEN", DAPR_TOKEN)
            .env("DAPR_HTTP_ENDPOINT", format!("http://127.0.0.1:{sidecar}"))
            .current_dir(folder());
        command
    });
    let resources = state.path().join("resources");
    servers.resources(&folder().join("resources"), &resources);
    let daprd = Daprd {
        app_id: "contract".to_owned(),
        app_port: port,
        port: sidecar,
        grpc_port: free_port(),
        resources,
        scheduler: servers.scheduler.address(),
        health_path: "/healthz".to_owned(),
    };
    let mut contender = Contender {
        name: "the contract's stack, Dapr and Kafka",
        port,
        tokens,
        processes: vec![service],
        _keep: Vec::new(),
    };
    contender.ready("/api/tasks").await;
    contender
        .processes
        .push(daprd.start(state.path().join("daprd.log")));
    subscribed(sidecar, 2).await;
    contender._keep = vec![Box::new(servers), Box::new(state)];
    contender
}

/// The distribution's Python, if there is one: it is built for speed, which others may
/// not be.
fn python() -> &'static str {
    if Path::new("/usr/bin/python3.11").exists() {
        "/usr/bin/python3.11"
    } else {
        "python3"
    }
}

fn folder() -> PathBuf {
    project().join("bench/peers/contract")
}

/// The folder of what requirements.txt names.
fn packages() -> PathBuf {
    cached("python-peer-1", |target| {
        let mut pip = Command::new(python());
        pip.args(["-m", "pip", "install", "--quiet", "--target"])
            .arg(target)
            .arg("-r")
            .arg(folder().join("requirements.txt"));
        run("python3", "Python 3.11 with pip", &mut pip);
    })
}
