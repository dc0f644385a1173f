//! The same nine components as a native service.

use crate::{
    contender::{Contender, subscribed, tokens},
    harness::{APP_TOKEN, DAPR_TOKEN, Daprd, Process, Servers, duebell, free_port, project},
};
use std::{path::Path, process::Command};

/// Beside the embedded sidecar, which is a process of its own here.
pub(crate) async fn embedded() -> Contender {
    let state = tempfile::tempdir().unwrap();
    let (port, sidecar) = (free_port(), free_port());
    let (secret, tokens) = tokens(state.path());
    let service = service(state.path(), secret, port, sidecar);
    let data = state.path().join("sidecar");
    let beside = Process::start(state.path().join("sidecar.log"), move || {
        let mut command = duebell();
        command
            .arg("sidecar")
            .args(["--app-port", &port.to_string()])
            .args(["--dapr-http-port", &sidecar.to_string()])
            .arg("--data-dir")
            .arg(&data);
        command
    });
    let mut contender = Contender {
        name: "native, embedded sidecar",
        port,
        tokens,
        processes: vec![service, beside],
        _keep: vec![Box::new(state)],
    };
    contender.ready("/api/tasks").await;
    subscribed(sidecar, 9).await;
    contender
}

/// Beside a real daprd, with Kafka.
pub(crate) async fn on_dapr() -> Contender {
    let state = tempfile::tempdir().unwrap();
    let servers = Servers::start(state.path()).await;
    let (port, sidecar) = (free_port(), free_port());
    let (secret, tokens) = tokens(state.path());
    let service = service(state.path(), secret, port, sidecar);
    let resources = state.path().join("resources");
    servers.resources(&project().join("deploy/dapr"), &resources);
    let daprd = Daprd {
        app_id: "duebell".to_owned(),
        app_port: port,
        port: sidecar,
        grpc_port: free_port(),
        resources,
        scheduler: servers.scheduler.address(),
        health_path: "/.well-known/spin/health".to_owned(),
    };
    let beside = daprd.start(state.path().join("daprd.log"));
    let mut contender = Contender {
        name: "native, Dapr and Kafka",
        port,
        tokens,
        processes: vec![service, beside],
        _keep: vec![Box::new(servers), Box::new(state)],
    };
    contender.ready("/api/tasks").await;
    subscribed(sidecar, 9).await;
    contender
}

fn service(state: &Path, secret: String, port: u16, sidecar: u16) -> Process {
    let program = project().join("target/release/duebell-native");
    assert!(
        program.exists(),
        "{} is missing: cargo build --release -p duebell-native",
        program.display()
    );
    let folder = state.to_owned();
    Process::start(state.join("native.log"), move || {
        let mut command = Command::new(&program);
        command
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(["--dapr-url", &format!("http://127.0.0.1:{sidecar}")])
            .arg("--state-dir")
            .arg(folder.join("native"))
            .env("JWT_SECRET", &secret)
            .env("APP_API_TOKEN", APP_TOKEN)
            .env("DAPR_API_TOKEN", DAPR_TOKEN);
        command
    })
}
