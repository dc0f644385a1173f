//! How fast events are taken: by the audit alone, and a backlog by all components.

use crate::app::App;
use anyhow::ensure;
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// How long anything is waited for before the run is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// How many events there are.
const EVENTS: usize = 100_000;

/// Whose they are, in turn.
const USERS: usize = 64;

/// How many of them one request publishes.
const AT_ONCE: usize = 500;

/// One run's figures.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    /// The audit alone, from the first publish to the last entry.
    pub(crate) audited_per_second: f64,
    /// How much processor time the app had for each of them, the broker's work included.
    pub(crate) cpu_us: f64,
    /// How long publishing took, of that.
    pub(crate) published_s: f64,
    /// All components, from the first publish to the last entry of the audit.
    pub(crate) backlog_s: f64,
    pub(crate) backlog_memory_mib: f64,
}

/// Publishes the events to an app of the audit alone, and to a whole one.
pub(crate) async fn measure(duebell: &Path) -> anyhow::Result<Run> {
    let app = App::start_only(duebell, "audit-sink").await?;
    let before = app.cpu()?;
    let (took, published) = backlog(&app).await?;
    let cpu = app.cpu()?.saturating_sub(before);
    drop(app);
    let whole = App::start(duebell).await?;
    let (all, _) = backlog(&whole).await?;
    Ok(Run {
        audited_per_second: EVENTS as f64 / took.as_secs_f64(),
        cpu_us: cpu.as_secs_f64() * 1e6 / EVENTS as f64,
        published_s: published.as_secs_f64(),
        backlog_s: all.as_secs_f64(),
        backlog_memory_mib: whole.memory()?,
    })
}

/// How long it takes until all are audited, and how long of that until they are published.
async fn backlog(app: &App) -> anyhow::Result<(Duration, Duration)> {
    let start = Instant::now();
    for first in (0..EVENTS).step_by(AT_ONCE) {
        let entries: Vec<Value> = (first..first + AT_ONCE).map(entry).collect();
        app.publish_bulk("task-events", &Value::from(entries))
            .await?;
    }
    let published = start.elapsed();
    let wanted = i64::try_from(EVENTS)?;
    loop {
        let audited = app.audited()?;
        if audited >= wanted {
            ensure!(audited == wanted, "{audited} entries of {wanted} events");
            return Ok((start.elapsed(), published));
        }
        ensure!(
            start.elapsed() < PATIENCE,
            "after {PATIENCE:?} {audited} of {EVENTS} events are audited"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn entry(number: usize) -> Value {
    let user = format!("user-{}", number % USERS);
    json!({
        "entryId": number.to_string(),
        "contentType": "application/json",
        "metadata": { "partitionKey": user },
        "event": {
            "event_type": "task.created", "task_id": number + 1, "user_id": user,
            "task_data": {
                "title": format!("Task {number}"), "description": "Milk, bread, eggs",
                "completed": false, "priority": "high", "tags": ["shopping", "personal"],
            },
            "timestamp": "2026-01-14T10:30:00Z", "correlation_id": format!("audit-{number}"),
        },
    })
}
