//! What the app needs is away, refuses, is slow: it goes on taking writes, says what is
//! degraded, and makes up for it by itself.

use crate::{
    audit::audit,
    harness::{App, Client, Fault, Options, eventually, setting},
    reminders::{notifications, task_that_rings_in},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// In what time of a recovery all is made up for.
const PROMISED: Duration = Duration::from_secs(10);

/// The same after the broker's own. The Kafka client in a real daprd tries again only
/// ten seconds after a failure ("circuit breaker is open"), whatever is asked of it.
fn promised_after_broker() -> Duration {
    let breaker = if setting().real_sidecar { 10 } else { 0 };
    PROMISED + Duration::from_secs(breaker)
}

/// How long a write may take while what it does not need is away.
const WRITE: Duration = Duration::from_secs(2);

async fn start() -> App {
    App::start_with(Options {
        faults: true,
        ..Options::default()
    })
    .await
}

async fn create(user: &Client, title: &str) {
    let start = Instant::now();
    user.post("/api/tasks", &json!({ "title": title }))
        .await
        .expect(201);
    assert!(start.elapsed() < WRITE, "after {:?}", start.elapsed());
}

/// Waits until the app says that this part is degraded, and that it serves all the
/// same.
async fn degraded(app: &App, part: &str) {
    let anyone = app.anyone();
    eventually("the app says what is degraded", async || {
        let health = anyone.get("/api/health").await.expect(200).json;
        let parts = health["parts"].as_array().unwrap();
        let part = parts.iter().find(|found| found["name"] == part)?;
        (health["status"] == "degraded" && part["status"] == "degraded").then_some(())
    })
    .await;
}

async fn well(app: &App) {
    let anyone = app.anyone();
    eventually("the app is well again", async || {
        let health = anyone.get("/api/health").await.expect(200).json;
        (health["status"] == "ok").then_some(())
    })
    .await;
}

fn titles(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["event"]["task_data"]["title"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sidecar_that_fails_in_any_way_delays_and_loses_nothing() {
    let app = start().await;
    let alice = app.user("alice");
    let broker = r#"{"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE","message":"error when publishing"}"#;
    let all_failed = r#"{"failedEntries":[],"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE"}"#;
    let faults = [
        ("the broker refuses", Fault::Answer(500, broker)),
        (
            "the broker refuses all of a bulk",
            Fault::Answer(500, all_failed),
        ),
        (
            "another token is wanted",
            Fault::Answer(401, "invalid api token"),
        ),
        ("it is not ready", Fault::Answer(503, "")),
        ("the component is not there", Fault::Answer(404, "{}")),
        ("it talks nonsense", Fault::Answer(302, "<html>")),
        ("it is slow", Fault::Late(Duration::from_secs(6))),
    ];
    let mut wanted = Vec::new();
    for (title, fault) in faults {
        app.faults().set(fault);
        create(&alice, title).await;
        wanted.push(title);
        app.faults().met().await;
        if wanted.len() == 1 {
            degraded(&app, "outbox").await;
        }
        app.faults().set(Fault::None);
        let start = Instant::now();
        let items = audit(&alice, wanted.len()).await;
        assert!(start.elapsed() < PROMISED, "{title}: {:?}", start.elapsed());
        assert_eq!(titles(&items), wanted);
    }
    well(&app).await;
    assert_eq!(app.dead_letters(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_delays_and_loses_nothing() {
    let mut app = start().await;
    let alice = app.user("alice");
    create(&alice, "before").await;
    audit(&alice, 1).await;
    app.kill_broker();
    create(&alice, "while it is away").await;
    degraded(&app, "outbox").await;
    create(&alice, "late").await;
    app.start_broker_again().await;
    let start = Instant::now();
    let items = audit(&alice, 3).await;
    let elapsed = start.elapsed();
    assert!(elapsed < promised_after_broker(), "after {elapsed:?}");
    assert_eq!(titles(&items), ["before", "while it is away", "late"]);
    assert_eq!(app.dead_letters(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sidecar_that_is_away_delays_and_loses_nothing() {
    let mut app = start().await;
    let alice = app.user("alice");
    app.kill_sidecars();
    create(&alice, "while it is away").await;
    degraded(&app, "sidecar").await;
    app.start_sidecars_again().await;
    let start = Instant::now();
    let items = audit(&alice, 1).await;
    assert!(start.elapsed() < PROMISED, "after {:?}", start.elapsed());
    assert_eq!(titles(&items), ["while it is away"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_ring_while_the_scheduler_is_away() {
    let mut app = start().await;
    let alice = app.user("alice");
    if let Some(servers) = &mut app.servers {
        servers.scheduler.kill();
    } else {
        // The embedded one is in the sidecar: it is out of reach for jobs alone.
        app.faults().set(Fault::AnswerOn("/v1.0/jobs/", 500));
    }
    let (task, _) = task_that_rings_in(&alice, TimeDelta::seconds(2)).await;
    let items = notifications(&alice, 1).await;
    assert_eq!(items[0]["task_id"], task["id"]);
    if let Some(servers) = &mut app.servers {
        servers.scheduler.start_again().await;
    } else {
        app.faults().set(Fault::None);
    }
    task_that_rings_in(&alice, TimeDelta::seconds(2)).await;
    assert_eq!(notifications(&alice, 2).await.len(), 2);
}
