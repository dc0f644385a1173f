//! What those who operate it see: what is degraded and since when, metrics, traces.

mod cost;
mod exposition;
mod metrics;
mod restore;
mod traces;

use crate::harness::{APP_TOKEN, App, Client, Fault, Options, eventually};
use chrono::{DateTime, SubsecRound, Utc};
use exposition::Metrics;
use serde_json::{Value, json};

/// All components.
const COMPONENTS: [&str; 9] = [
    "audit-sink",
    "dead-letters",
    "live-updates",
    "notifier",
    "recurrence",
    "reminder-trigger",
    "search-indexer",
    "task-api",
    "update-streams",
];

/// What a component measures, asked for as Prometheus does.
async fn measured(app: &App, component: &str) -> Metrics {
    let prometheus = app.anyone().with("dapr-api-token", APP_TOKEN);
    let path = format!("/internal/{component}/metrics");
    Metrics::read(&prometheus.get(&path).await.expect(200).text)
}

/// A part of the health, once it is as it should be.
async fn part(anyone: &Client, name: &str, is_right: impl Fn(&Value) -> bool) -> Value {
    eventually(&format!("{name} is as it should be"), async || {
        let health = anyone.get("/api/health").await.expect(200).json;
        let parts = health["parts"].as_array().unwrap();
        let part = parts.iter().find(|part| part["name"] == name)?;
        is_right(part).then(|| part.clone())
    })
    .await
}

/// As exact as what is told: to the millisecond.
fn now() -> DateTime<Utc> {
    crate::reminders::from_now(chrono::TimeDelta::zero()).trunc_subsecs(3)
}

fn since(part: &Value) -> DateTime<Utc> {
    part["since"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_degraded_is_told_with_since_when_across_a_restart_until_it_is_well() {
    let mut app = App::start_with(Options {
        faults: true,
        ..Options::default()
    })
    .await;
    let (anyone, alice) = (app.anyone(), app.user("alice"));
    // update-streams consumes nothing, and has nothing to tell that its log does not.
    for id in COMPONENTS.iter().filter(|id| **id != "update-streams") {
        let told = part(&anyone, id, |part| part["status"] == "ok").await;
        assert_eq!(told, json!({ "name": id, "status": "ok" }));
    }
    let health = anyone.get("/api/health").await.expect(200).json;
    assert_eq!(health["status"], "ok", "{health}");

    let before = now();
    app.faults().set(Fault::Answer(503, ""));
    let title = json!({ "title": "while it is away" });
    alice.post("/api/tasks", &title).await.expect(201);
    let is_away = |part: &Value| part["status"] == "degraded" && since(part) >= before;
    let sidecar = part(&anyone, "sidecar", is_away).await;
    assert!(since(&sidecar) <= now());
    let outbox = part(&anyone, "outbox", is_away).await;
    for part in [&sidecar, &outbox] {
        let detail = part["detail"].as_str().unwrap();
        assert!(
            detail.ends_with('.') && !detail.contains("alice"),
            "{detail}"
        );
    }
    let waiting = measured(&app, "task-api").await;
    assert!(waiting.value("duebell_outbox_events", &[]) > Some(0.0));
    assert!(waiting.value("duebell_outbox_oldest_age_seconds", &[]) >= Some(5.0));
    assert!(waiting.value("duebell_outbox_failing_seconds", &[]) > Some(0.0));

    app.kill_consumers();
    app.start_consumers_again().await;
    let health = anyone.get("/api/health").await.expect(200).json;
    assert_eq!(health["status"], "degraded");
    for known in [&sidecar, &outbox] {
        let name = known["name"].as_str().unwrap();
        let later = part(&anyone, name, |part| part["status"] == "degraded").await;
        assert_eq!(later["since"], known["since"], "{name}");
    }

    app.faults().set(Fault::None);
    for name in ["sidecar", "outbox"] {
        let well = part(&anyone, name, |part| part["status"] == "ok").await;
        assert_eq!(well, json!({ "name": name, "status": "ok" }));
    }
    eventually("all is well", async || {
        let health = anyone.get("/api/health").await.expect(200).json;
        (health["status"] == "ok").then_some(())
    })
    .await;
    eventually("nothing waits and nothing fails", async || {
        let metrics = measured(&app, "task-api").await;
        let zero = |name| metrics.value(name, &[]) == Some(0.0);
        let names = [
            "duebell_outbox_events",
            "duebell_outbox_oldest_age_seconds",
            "duebell_outbox_failing_seconds",
        ];
        names.into_iter().all(zero).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_components_say_how_they_are() {
    let app = App::start().await;
    let path = "/internal/task-api/health/intruder";
    let report = json!({ "detail": "Call this number." }).to_string();
    let put = async |client: &Client, path: &str, body: &str| {
        client
            .raw("PUT", path, "application/json", body)
            .await
            .status
    };
    assert_eq!(put(&app.anyone(), path, &report).await, 401);
    assert_eq!(put(&app.operator("olga"), path, &report).await, 401);
    let component = app.anyone().with("dapr-api-token", APP_TOKEN);
    for wrong in [
        "",
        "[]",
        "{\"detail\": 1}",
        "{\"more\": true}",
        "{\"since\": \"now\"}",
    ] {
        let status = put(&component, path, wrong).await;
        assert!((400..500).contains(&status), "{wrong}: {status}");
    }
    for name in ["UPPER", "a%20b", &"a".repeat(65)] {
        let path = format!("/internal/task-api/health/{name}");
        assert_eq!(put(&component, &path, &report).await, 404, "{name}");
    }
    let health = app.anyone().get("/api/health").await.expect(200);
    assert!(!health.text.contains("intruder"), "{}", health.text);
}
