//! Figures of the embedded sidecar and of a real Dapr with Kafka, in one run: how soon
//! and how fast a publisher is answered, and how soon a task's event is in its audit.
//!
//! It needs Go and Java, as the stories on real servers do, and prints a table:
//! `DUEBELL_SIDECAR=dapr cargo test --release --test figures -- --nocapture`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../stories/harness/mod.rs"]
#[expect(dead_code, reason = "the stories use the rest of it")]
#[expect(unused_imports, reason = "the stories use the rest of it")]
mod harness;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use harness::{App, Client, eventually, setting};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How many events are published one after the other.
const ONE_BY_ONE: usize = 500;

/// How many publishers there are at once.
const PUBLISHERS: usize = 16;

/// For how long they publish.
const LASTING: Duration = Duration::from_secs(5);

/// How many tasks are made whose way to the audit is timed.
const TASKS: usize = 300;

/// How far apart.
const APART: Duration = Duration::from_millis(20);

/// A name, its unit, and the figure on both sides.
type Row = (&'static str, &'static str, f64);

#[tokio::test(flavor = "multi_thread")]
async fn both_sidecars() {
    assert!(
        setting().real_sidecar,
        "set DUEBELL_SIDECAR=dapr: the table has both sidecars"
    );
    let embedded = measure(App::start_embedded().await).await;
    let real = measure(App::start().await).await;
    println!(
        "{:<34} {:>10} {:>10} {:>8}",
        "", "embedded", "daprd", "ratio"
    );
    for ((name, unit, ours), (_, _, theirs)) in embedded.iter().zip(&real) {
        println!(
            "{name:<34} {ours:>10.1} {theirs:>10.1} {:>8.2} {unit}",
            ours / theirs
        );
    }
}

async fn measure(app: App) -> Vec<Row> {
    let publisher = app.publisher();
    // The first ones open connections and make topics.
    for number in 0..20 {
        publisher.publish(PATH, &event("warm", number)).await;
    }
    let mut latencies = Vec::with_capacity(ONE_BY_ONE);
    for number in 0..ONE_BY_ONE {
        let event = event("one", number);
        let start = Instant::now();
        publisher.post(PATH, &event).await.expect(204);
        latencies.push(start.elapsed());
    }
    let start = Instant::now();
    let counts = join_all((0..PUBLISHERS).map(|number| {
        let publisher = publisher.clone();
        tokio::spawn(async move { publish_until(publisher, number, start + LASTING).await })
    }))
    .await;
    let published: usize = counts.into_iter().map(Result::unwrap).sum();
    let rate = published as f64 / start.elapsed().as_secs_f64();
    // What was published is through before tasks are timed.
    let all = 20 + ONE_BY_ONE + published;
    eventually("everything is audited", async || {
        let audited = app
            .database("audit-sink", "audit")
            .number("SELECT count(*) FROM entries");
        (usize::try_from(audited).unwrap() >= all).then_some(())
    })
    .await;
    let audited = to_the_audit(&app.user("alice")).await;
    vec![
        (
            "publish, one by one, p50",
            "ms",
            quantile(&mut latencies, 0.50),
        ),
        (
            "publish, one by one, p99",
            "ms",
            quantile(&mut latencies, 0.99),
        ),
        ("publish, 16 at once", "a second", rate),
        ("from a task to its audit, p50", "ms", audited.0),
        ("from a task to its audit, p99", "ms", audited.1),
    ]
}

const PATH: &str = "/v1.0/publish/pubsub-kafka/task-events?metadata.partitionKey=bob";

fn event(kind: &str, number: usize) -> Value {
    json!({
        "event_type": "task.created", "task_id": number + 1, "user_id": "bob",
        "task_data": { "title": "Buy groceries", "tags": ["shopping"] },
        "timestamp": "2026-01-14T10:30:00Z", "correlation_id": format!("{kind}-{number}"),
    })
}

async fn publish_until(publisher: Client, number: usize, end: Instant) -> usize {
    let mut count = 0;
    let kind = format!("publisher-{number}");
    while Instant::now() < end {
        publisher.post(PATH, &event(&kind, count)).await.expect(204);
        count += 1;
    }
    count
}

/// From a task's time to its entry's, in milliseconds: p50 and p99.
async fn to_the_audit(user: &Client) -> (f64, f64) {
    for number in 0..TASKS {
        let body = json!({ "title": format!("Task {number}") });
        user.post("/api/tasks", &body).await.expect(201);
        tokio::time::sleep(APART).await;
    }
    let mut late: Vec<Duration> = eventually("every task in the audit", async || {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/audit?limit=200{cursor}");
            let page = user.get(&path).await.expect(200).json;
            all.extend(page["items"].as_array().unwrap().iter().map(|item| {
                let time =
                    |value: &Value| -> DateTime<Utc> { value.as_str().unwrap().parse().unwrap() };
                let took = time(&item["recorded_at"]) - time(&item["event"]["timestamp"]);
                took.to_std().unwrap_or_default()
            }));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return (all.len() >= TASKS).then_some(all),
            }
        }
    })
    .await;
    (quantile(&mut late, 0.50), quantile(&mut late, 0.99))
}

fn quantile(all: &mut [Duration], share: f64) -> f64 {
    all.sort_unstable();
    let place = ((all.len() - 1) as f64 * share) as usize;
    all[place].as_secs_f64() * 1000.0
}
