//! Creating tasks, with all that follows.

use crate::{
    app::{App, Connection, get},
    latency::{ms, quantile},
};
use anyhow::{Context, ensure};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use serde::Serialize;
use std::{
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::task::LocalSet;

/// In what time of the end outbox and audit have to have caught up.
const DRAINED_WITHIN: Duration = Duration::from_secs(1);

/// How long they are waited for before the run is given up.
const PATIENCE: Duration = Duration::from_secs(120);

/// How much is created.
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) users: usize,
    pub(crate) duration: Duration,
}

/// One run's figures.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) first_answer_ms: f64,
    pub(crate) healthy_ms: f64,
    pub(crate) idle_memory_mib: f64,
    pub(crate) loaded_memory_mib: f64,
    pub(crate) created: usize,
    pub(crate) creates_per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) slowest_ms: f64,
    /// The app's processor time for a create, all that follows included.
    pub(crate) cpu_us: f64,
    /// From the last answer to an empty outbox and a whole audit.
    pub(crate) drained_after_ms: f64,
    /// Whether the rate counts: all drained within a second of the end.
    pub(crate) counts: bool,
}

/// Runs the load and waits until every event is in its user's audit.
pub(crate) async fn measure(app: App, load: &Load) -> anyhow::Result<Run> {
    let idle_memory_mib = app.idle_memory().await?;
    let tokens: Rc<Vec<String>> = Rc::new(
        (0..load.users.max(1))
            .map(|user| app.token(&format!("user-{user}")))
            .collect::<anyhow::Result<_>>()?,
    );
    let local = LocalSet::new();
    let cpu = app.cpu()?;
    let start = Instant::now();
    let end = start + load.duration;
    let mut clients = Vec::new();
    for client in 0..load.connections.max(1) {
        let connection = app.connect().await?;
        let tokens = Rc::clone(&tokens);
        clients.push(local.spawn_local(create_until(
            connection,
            tokens,
            client,
            load.connections,
            end,
        )));
    }
    let mut latencies = Vec::new();
    local
        .run_until(async {
            for client in clients {
                latencies.extend(client.await??);
            }
            anyhow::Ok(())
        })
        .await?;
    let lasted = start.elapsed();
    let stopped = Instant::now();
    let created = latencies.len();
    wait_until_drained(&app, &tokens, created, stopped).await?;
    let drained_after = stopped.elapsed();
    let cpu = app.cpu()?.saturating_sub(cpu);
    latencies.sort_unstable();
    Ok(Run {
        first_answer_ms: ms(app.first_answer),
        healthy_ms: ms(app.healthy),
        idle_memory_mib,
        loaded_memory_mib: app.memory()?,
        created,
        creates_per_second: created as f64 / lasted.as_secs_f64(),
        p50_ms: quantile(&latencies, 50),
        p99_ms: quantile(&latencies, 99),
        slowest_ms: quantile(&latencies, 100),
        cpu_us: cpu.as_secs_f64() * 1e6 / created.max(1) as f64,
        drained_after_ms: ms(drained_after),
        counts: drained_after <= DRAINED_WITHIN,
    })
}

async fn create_until(
    mut connection: Connection,
    tokens: Rc<Vec<String>>,
    client: usize,
    clients: usize,
    end: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    let mut number = client;
    while Instant::now() < end {
        let token = tokens.get(number % tokens.len()).context("no token")?;
        let body = format!(
            r#"{{"title":"Task {number}","description":"Milk, bread, eggs","priority":"high","due_date":"2031-01-15T14:00:00Z","tags":["shopping","personal"]}}"#
        );
        let request = Request::post("/api/tasks")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(Full::new(Bytes::from(body)))?;
        let sent = Instant::now();
        let response = connection.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        latencies.push(sent.elapsed());
        ensure!(
            status == 201,
            "{status}: {}",
            String::from_utf8_lossy(&body)
        );
        number += clients;
    }
    Ok(latencies)
}

/// Waits until the outbox is empty and the users' audits hold every event.
async fn wait_until_drained(
    app: &App,
    tokens: &[String],
    events: usize,
    since: Instant,
) -> anyhow::Result<()> {
    let mut connection = app.connect().await?;
    loop {
        let mut audited = 0;
        for token in tokens {
            let (status, body) = get(&mut connection, "/api/audit?limit=1", token).await?;
            ensure!(status == 200, "the audit answered {status}");
            let page: serde_json::Value = serde_json::from_slice(&body)?;
            audited += page
                .pointer("/head/number")
                .and_then(serde_json::Value::as_u64)
                .context("the audit has no head")? as usize;
        }
        let waiting = app.waiting()?;
        if audited == events && waiting == 0 {
            return Ok(());
        }
        ensure!(
            since.elapsed() < PATIENCE,
            "after {PATIENCE:?}, {waiting} events wait in the outbox and {audited} of {events} are audited"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
