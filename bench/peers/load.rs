//! The clients: connections that send one request after the other, all on one thread.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use std::{
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::LocalSet};

/// How many connections there are.
pub(crate) const CONNECTIONS: usize = 16;

/// A request, and what its answer's status must be.
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) token: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    pub(crate) status: u16,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Requests that were answered.
    pub(crate) count: usize,
}

/// Sends for as long as that; `ask` makes the request of a number, of which no two
/// connections have the same, and `answered` is given each answer's body.
pub(crate) fn send(
    port: u16,
    lasting: Duration,
    ask: impl Fn(usize) -> Asked + 'static,
    answered: impl Fn(&Bytes) + 'static,
) -> Rate {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (ask, answered) = (Rc::new(ask), Rc::new(answered));
    let local = LocalSet::new();
    let start = Instant::now();
    let mut latencies: Vec<Duration> = Vec::new();
    local.block_on(&runtime, async {
        let clients = (0..CONNECTIONS).map(|client| {
            let (ask, answered) = (Rc::clone(&ask), Rc::clone(&answered));
            tokio::task::spawn_local(async move {
                let mut connection = connect(port).await;
                let mut latencies = Vec::new();
                let mut number = client;
                while start.elapsed() < lasting {
                    let asked = ask(number);
                    let request = Request::builder()
                        .method(asked.method)
                        .uri(&asked.path)
                        .header("host", "localhost")
                        .header("content-type", asked.content_type)
                        .header("authorization", asked.token)
                        .body(Full::new(Bytes::from(asked.body)))
                        .unwrap();
                    let sent = Instant::now();
                    let response = connection.send_request(request).await.unwrap();
                    let status = response.status().as_u16();
                    let body = response.into_body().collect().await.unwrap().to_bytes();
                    latencies.push(sent.elapsed());
                    assert_eq!(status, asked.status, "{}: {body:?}", asked.path);
                    answered(&body);
                    number += CONNECTIONS;
                }
                latencies
            })
        });
        for client in clients.collect::<Vec<_>>() {
            latencies.extend(client.await.unwrap());
        }
    });
    let lasted = start.elapsed();
    latencies.sort_unstable();
    let quantile = |percent: usize| {
        let place = (latencies.len() * percent / 100).min(latencies.len() - 1);
        latencies[place].as_secs_f64() * 1e3
    };
    Rate {
        per_second: latencies.len() as f64 / lasted.as_secs_f64(),
        p50_ms: quantile(50),
        p99_ms: quantile(99),
        count: latencies.len(),
    }
}

async fn connect(port: u16) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::task::spawn_local(connection);
    sender
}
