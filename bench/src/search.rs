//! Search: over a hundred thousand tasks of one user, building the index anew, and how it
//! grows with more tasks.

use crate::{
    app::{App, Connection, get},
    latency::quantile,
};
use anyhow::{Context, ensure};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long anything is waited for before the run is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// How many tasks there are.
const TASKS: usize = 100_000;

/// With how many the growth is looked at.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// How many of them one request publishes.
const AT_ONCE: usize = 500;

/// Whose they are.
const USER: &str = "user-0";

/// How often each kind of search is timed.
const SEARCHES: usize = 200;

/// Whoever takes events of tasks.
const CONSUMERS: [&str; 2] = ["audit.db", "search.db"];

/// What is searched for; `all` is a word of every task, `word-1` of one in ten.
const KINDS: [(&str, &str); 10] = [
    ("a word of every task", "q=all"),
    ("two words of every task", "q=all+task"),
    ("one letter and what goes on", "q=a*"),
    ("the beginning of 100,000 words", "q=number*"),
    ("a phrase of every task", "q=%22all+of%22"),
    ("a word of one in ten", "q=word1"),
    ("a word of a single task", "q=number471"),
    ("a word and what it must not have", "q=all+-word1"),
    (
        "with filters",
        "q=all&tag=tag3&priority=urgent&completed=false",
    ),
    ("a page of 200", "q=all&limit=200"),
];

/// One run's figures.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    /// Over all kinds alike.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) slowest_kind: String,
    pub(crate) slowest_kind_p99_ms: f64,
    /// Building the index anew over what there is.
    pub(crate) rebuild_s: f64,
    /// Of searches while that goes on.
    pub(crate) meanwhile_p99_ms: f64,
    /// Building it from nothing.
    pub(crate) from_nothing_s: f64,
    pub(crate) memory_mib: f64,
}

/// Has the tasks indexed, searches them, and builds the index anew.
pub(crate) async fn measure(app: App) -> anyhow::Result<Run> {
    publish(&app, 0, TASKS).await?;
    let token = app.token(USER)?;
    let mut connection = app.connect().await?;

    let point = every_kind(&mut connection, TASKS, &token).await?;
    let slowest = point.kinds.iter().max_by(|a, b| a.2.total_cmp(&b.2));
    let slowest = slowest.copied().context("there are no kinds")?;
    let (rebuild, mut meanwhile) = rebuild(&app, &mut connection, &token).await?;
    meanwhile.sort_unstable();
    app.empty_the_index()?;
    let (from_nothing, _) = self::rebuild(&app, &mut connection, &token).await?;
    Ok(Run {
        p50_ms: point.p50_ms,
        p99_ms: point.p99_ms,
        slowest_kind: slowest.0.to_owned(),
        slowest_kind_p99_ms: slowest.2,
        rebuild_s: rebuild.as_secs_f64(),
        meanwhile_p99_ms: quantile(&meanwhile, 99),
        from_nothing_s: from_nothing.as_secs_f64(),
        memory_mib: app.memory()?,
    })
}

/// What searching is like over so many tasks.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Point {
    pub(crate) tasks: usize,
    /// Over all kinds alike.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Each kind's name, p50 and p99.
    pub(crate) kinds: Vec<(&'static str, f64, f64)>,
}

/// Has ever more tasks indexed, and searches them.
pub(crate) async fn growth(app: App) -> anyhow::Result<Vec<Point>> {
    let token = app.token(USER)?;
    let mut points = Vec::new();
    let mut there = 0;
    for tasks in SIZES {
        publish(&app, there, tasks).await?;
        there = tasks;
        let mut connection = app.connect().await?;
        points.push(every_kind(&mut connection, tasks, &token).await?);
    }
    Ok(points)
}

async fn every_kind(
    connection: &mut Connection,
    tasks: usize,
    token: &str,
) -> anyhow::Result<Point> {
    let (mut all, mut kinds) = (Vec::new(), Vec::new());
    for (kind, query) in KINDS {
        let mut latencies = Vec::with_capacity(SEARCHES);
        for _ in 0..SEARCHES {
            latencies.push(search(connection, query, token).await?);
        }
        latencies.sort_unstable();
        kinds.push((kind, quantile(&latencies, 50), quantile(&latencies, 99)));
        all.extend(latencies);
    }
    all.sort_unstable();
    Ok(Point {
        tasks,
        p50_ms: quantile(&all, 50),
        p99_ms: quantile(&all, 99),
        kinds,
    })
}

/// Publishes tasks of these numbers, and waits until whoever takes such events has taken
/// them and all before.
async fn publish(app: &App, from: usize, to: usize) -> anyhow::Result<()> {
    for first in (from..to).step_by(AT_ONCE) {
        let entries: Vec<Value> = (first..first + AT_ONCE).map(entry).collect();
        app.publish_bulk("task-events", &Value::from(entries))
            .await?;
    }
    let start = Instant::now();
    let wanted = i64::try_from(to)?;
    loop {
        let handled = app.handled(&CONSUMERS)?;
        if handled >= wanted {
            return Ok(());
        }
        ensure!(
            start.elapsed() < PATIENCE,
            "after {PATIENCE:?} {handled} of {to} events are handled"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn entry(number: usize) -> Value {
    let words: Vec<String> = [1, 7, 61, 499, 4_093]
        .iter()
        .map(|step| format!("word{}", number / step % (10 * step)))
        .collect();
    let priority = ["low", "medium", "high", "urgent"].get(number % 4);
    json!({
        "entryId": number.to_string(),
        "contentType": "application/json",
        "metadata": { "partitionKey": USER },
        "event": {
            "event_type": "task.created", "task_id": number + 1, "user_id": USER,
            "task_data": {
                "title": format!("Task number{number}: all of {}", words.join(" ")),
                "description": format!("What there is to be said about it, {} times, and about all the others.", number),
                "completed": number.is_multiple_of(3), "priority": priority,
                "tags": [format!("tag{}", number % 20), "all"],
            },
            "timestamp": "2026-01-14T10:30:00Z", "correlation_id": format!("search-{number}"),
        },
    })
}

/// How long an answer with something in it takes.
async fn search(connection: &mut Connection, query: &str, token: &str) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let (status, body) = get(connection, &format!("/api/search?{query}"), token).await?;
    let took = start.elapsed();
    ensure!(status == 200, "{query}: {status}");
    let page: Value = serde_json::from_slice(&body)?;
    let items = page.get("items").and_then(Value::as_array);
    ensure!(
        items.is_some_and(|items| !items.is_empty()),
        "{query} finds nothing"
    );
    Ok(took)
}

/// Has the index built anew and searches meanwhile. Says how long it took, and how long
/// each search did.
async fn rebuild(
    app: &App,
    connection: &mut Connection,
    token: &str,
) -> anyhow::Result<(Duration, Vec<Duration>)> {
    let start = Instant::now();
    app.internal_post("/internal/search-indexer/rebuild")
        .await?;
    let mut latencies = Vec::new();
    loop {
        let progress = app.internal_get("/internal/search-indexer/rebuild").await?;
        if progress.get("state").and_then(Value::as_str) == Some("done") {
            let tasks = progress.get("tasks").and_then(Value::as_u64);
            let tasks = tasks.context("the rebuild does not say how much it did")?;
            ensure!(tasks >= TASKS as u64, "it found only {tasks} tasks");
            return Ok((start.elapsed(), latencies));
        }
        ensure!(start.elapsed() < PATIENCE, "after {PATIENCE:?}: {progress}");
        // What is there from the first part on.
        if let Ok(latency) = search(connection, "q=all", token).await {
            latencies.push(latency);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
