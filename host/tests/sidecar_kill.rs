//! The sidecar as a process of its own, killed while it works.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::sync::mpsc;

const PUBSUB: &str = r#"
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: p
spec:
  type: pubsub.kafka
  version: v1
  metadata:
  - {name: brokers, value: "localhost:9092"}
  - {name: authType, value: none}
  - {name: initialOffset, value: oldest}
"#;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is killed when the test is through with it.
struct Sidecar(Child);

impl Drop for Sidecar {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn start(dir: &Path, app: SocketAddr, port: u16) -> Sidecar {
    let child = Command::new(env!("CARGO_BIN_EXE_duebell"))
        .arg("sidecar")
        .args(["--app-port", &app.port().to_string()])
        .args(["--dapr-http-port", &port.to_string()])
        .arg("--resources-path")
        .arg(dir.join("resources"))
        .arg("--data-dir")
        .arg(dir.join("state/sidecar"))
        .env("DAPR_API_TOKEN", "token")
        .env("APP_API_TOKEN", "app-token")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Sidecar(child)
}

/// An app that takes everything and tells which numbers came.
async fn app(numbers: mpsc::UnboundedSender<u64>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let numbers = numbers.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request: Request<Incoming>| {
                    let numbers = numbers.clone();
                    async move {
                        let path = request.uri().path().to_owned();
                        let body = request.into_body().collect().await?.to_bytes();
                        if path == "/t" {
                            let event: Value = serde_json::from_slice(&body).unwrap();
                            numbers.send(event["data"].as_u64().unwrap()).ok();
                        }
                        let answer = match path.as_str() {
                            "/dapr/subscribe" => r#"[{"pubsubname":"p","topic":"t","route":"/t"}]"#,
                            _ => "",
                        };
                        Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from(answer))))
                    }
                });
                let stream = TokioIo::new(stream);
                http1::Builder::new()
                    .serve_connection(stream, service)
                    .await
                    .ok();
            });
        }
    });
    address
}

/// Publishes one number after the other until told to stop; returns those that were
/// acknowledged.
async fn publish(port: u16, from: u64, step: u64, stop: Arc<AtomicBool>) -> Vec<u64> {
    let client = reqwest::Client::new();
    let url = format!("http://127.0.0.1:{port}/v1.0/publish/p/t?metadata.partitionKey=k{from}");
    let mut acknowledged = Vec::new();
    let mut number = from;
    while !stop.load(Ordering::Relaxed) {
        let answer = client
            .post(&url)
            .header("dapr-api-token", "token")
            .json(&number)
            .send()
            .await;
        match answer {
            Ok(answer) if answer.status() == 204 => acknowledged.push(number),
            Ok(answer) => panic!("{}", answer.status()),
            Err(_) => {} // It is dead, or not there yet: that number is lost, and the next is tried.
        }
        number += step;
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_delivered_however_often_the_sidecar_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("resources")).unwrap();
    std::fs::write(dir.path().join("resources/p.yaml"), PUBSUB).unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let (numbers, mut received) = mpsc::unbounded_channel();
    let app = app(numbers).await;

    let mut delivered = BTreeSet::new();
    let stop = Arc::new(AtomicBool::new(false));
    let mut sidecar = start(dir.path(), app, port);
    let publishers: Vec<_> = (0..4)
        .map(|from| tokio::spawn(publish(port, from, 4, stop.clone())))
        .collect();
    for _ in 0..4 {
        // Deliveries run: in the middle of them it dies, and comes back.
        for _ in 0..200 {
            delivered.insert(next(&mut received).await);
        }
        drop(sidecar);
        sidecar = start(dir.path(), app, port);
    }
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = BTreeSet::new();
    for publisher in publishers {
        acknowledged.extend(publisher.await.unwrap());
    }
    assert!(acknowledged.len() >= 400, "{}", acknowledged.len());
    while !delivered.is_superset(&acknowledged) {
        delivered.insert(next(&mut received).await);
    }
}

async fn next(received: &mut mpsc::UnboundedReceiver<u64>) -> u64 {
    tokio::time::timeout(PATIENCE, received.recv())
        .await
        .expect("an acknowledged event was not delivered in time")
        .unwrap()
}
