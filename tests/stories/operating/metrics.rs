//! Metrics: what components know, and what the host and its sidecar count.

use super::{COMPONENTS, exposition::Metrics, measured, part};
use crate::{
    audit::audit,
    harness::{APP_TOKEN, App, Client, Options, eventually},
    reminders::{notifications, task_that_rings_in},
};
use chrono::TimeDelta;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_components_give_up_is_counted_and_waits_for_an_operator() {
    let app = App::start().await;
    let (anyone, root) = (app.anyone(), app.operator("root"));
    app.publisher()
        .publish("/v1.0/publish/pubsub-kafka/task-events", &json!({ "a": 1 }))
        .await;
    let labels = [("subscriber", "audit-sink"), ("waits_for", "operator")];
    eventually("the dead letter waits for an operator", async || {
        let metrics = measured(&app, "dead-letters").await;
        metrics.value("duebell_dead_letters_open", &labels)
    })
    .await;
    let metrics = measured(&app, "dead-letters").await;
    let received = [("subscriber", "audit-sink")];
    let received = metrics.value("duebell_dead_letters_received_total", &received);
    assert_eq!(received, Some(1.0));
    let consumed = measured(&app, "audit-sink").await;
    let dropped = [("topic", "task-events"), ("outcome", "drop")];
    assert!(consumed.value("duebell_events_total", &dropped) >= Some(1.0));

    let part = part(&anyone, "dead-letters", |part| part["status"] == "degraded").await;
    assert!(part["since"].is_string(), "{part}");
    assert!(part["detail"].as_str().unwrap().contains("operator"));
    let all = root.get("/api/dead-letters").await.expect(200).json;
    for letter in all["items"].as_array().unwrap() {
        root.delete(&format!("/api/dead-letters/{}", letter["id"]))
            .await;
    }
    super::part(&anyone, "dead-letters", |part| part["status"] == "ok").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_are_observed_for_how_late_they_ring_and_events_for_what_came_of_them() {
    let app = App::start().await;
    let alice = app.user("alice");
    task_that_rings_in(&alice, TimeDelta::seconds(2)).await;
    notifications(&alice, 1).await;
    let metrics = measured(&app, "reminder-trigger").await;
    let observed = metrics.value("duebell_reminders_lateness_seconds_count", &[]);
    assert_eq!(observed, Some(1.0));
    // Never early; how late is the figures' suite to say.
    let late = metrics.value("duebell_reminders_lateness_seconds_sum", &[]);
    assert!(
        late.is_some_and(|late| (0.0..60.0).contains(&late)),
        "{late:?}"
    );
    assert_eq!(metrics.value("duebell_reminders_armed", &[]), Some(0.0));
    let done = [("topic", "reminder-events"), ("outcome", "done")];
    eventually("the notifier's events are counted", async || {
        let metrics = measured(&app, "notifier").await;
        metrics.value("duebell_events_total", &done)
    })
    .await;
    eventually("the consumer has reached the outbox's end", async || {
        let committed = measured(&app, "task-api").await;
        let committed = committed.value("duebell_outbox_committed_total", &[])?;
        let reached = measured(&app, "audit-sink").await;
        let labels = [("source", "/duebell/task-api"), ("topic", "task-events")];
        (reached.value("duebell_inbox_reached", &labels)? >= committed).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_counted_while_they_are_open() {
    let app = App::start().await;
    let alice = app.user("alice");
    let stream = app.event_stream(&alice, "").await;
    let open = async || {
        let metrics = measured(&app, "update-streams").await;
        metrics.value("duebell_connections", &[("kind", "stream")])
    };
    assert_eq!(open().await, Some(1.0));
    drop(stream);
    eventually("the stream is no longer counted", async || {
        (open().await == Some(0.0)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_who_has_the_apps_token_and_name_no_user() {
    let app = App::start().await;
    let user = app.user("magdalena");
    let (task, _) = task_that_rings_in(&user, TimeDelta::seconds(1)).await;
    notifications(&user, 1).await;
    let _stream = app.event_stream(&user, "").await;
    for id in COMPONENTS {
        let path = format!("/internal/{id}/metrics");
        app.anyone().get(&path).await.expect(401);
        app.operator("olga").get(&path).await.expect(401);
        let guessing = app.anyone().with("dapr-api-token", "guessed");
        guessing.get(&path).await.expect(401);
        let shown = app.anyone().with("dapr-api-token", APP_TOKEN);
        shown.post(&path, &json!({})).await.expect(405);
        let answer = shown.get(&path).await.expect(200);
        assert_eq!(
            answer.header("content-type"),
            "text/plain; version=0.0.4; charset=utf-8"
        );
        names_nobody(&answer.text, &task["id"].to_string());
        let metrics = Metrics::read(&answer.text);
        assert!(
            metrics
                .names()
                .iter()
                .all(|name| name.starts_with("duebell_"))
        );
        let of = metrics.sum("duebell_outbox_committed_total", &[("component", id)]);
        assert!(of >= 0.0);
    }
}

fn names_nobody(text: &str, task_id: &str) {
    for secret in ["magdalena", "Ring", task_id, "user_id", APP_TOKEN] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_serves_all_metrics_on_a_port_of_its_own() {
    let app = App::start_with(Options {
        embedded: true,
        metrics: true,
        ..Options::default()
    })
    .await;
    let user = app.user("magdalena");
    let (task, _) = task_that_rings_in(&user, TimeDelta::seconds(1)).await;
    notifications(&user, 1).await;
    audit(&user, 3).await;
    let host = Client::new(app.metrics_origin());
    let answer = host.get("/metrics").await.expect(200);
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    names_nobody(&answer.text, &task["id"].to_string());
    let metrics = Metrics::read(&answer.text);
    for id in COMPONENTS {
        let up = metrics.value("duebell_component_up", &[("component", id)]);
        assert_eq!(up, Some(1.0), "{id}");
        let requests = metrics.sum("duebell_http_requests_total", &[("component", id)]);
        assert!(requests > 0.0, "{id}");
        let started = metrics.value("duebell_instances_started_total", &[("component", id)]);
        assert!(started > Some(0.0), "{id}");
    }
    let created = [
        ("component", "task-api"),
        ("method", "POST"),
        ("status", "201"),
    ];
    assert_eq!(
        metrics.value("duebell_http_requests_total", &created),
        Some(1.0)
    );
    let chained = [
        ("component", "audit-sink"),
        ("to", "chained"),
        ("outcome", "answered"),
    ];
    eventually("audit-sink has asked a publisher", async || {
        let metrics = Metrics::read(&host.get("/metrics").await.expect(200).text);
        metrics.value("duebell_outbound_requests_total", &chained)
    })
    .await;
    let delivered = [
        ("pubsub", "pubsub-kafka-audit-sink"),
        ("topic", "task-events"),
        ("outcome", "success"),
    ];
    assert_eq!(
        metrics.value("duebell_sidecar_deliveries_total", &delivered),
        Some(1.0)
    );
    let topic = [("topic", "task-events")];
    assert_eq!(
        metrics.value("duebell_sidecar_topic_records", &topic),
        Some(1.0)
    );
    eventually("nobody is behind", async || {
        let metrics = Metrics::read(&host.get("/metrics").await.expect(200).text);
        (metrics.sum("duebell_sidecar_consumer_lag", &[]) == 0.0).then_some(())
    })
    .await;
    assert!(metrics.value("duebell_sidecar_jobs_scheduled_total", &[]) > Some(0.0));
    assert!(metrics.value("duebell_reminders_lateness_seconds_count", &[]) == Some(1.0));
    let labels = metrics.label_values();
    assert!(labels.len() < 100, "{labels:?}");

    host.get("/").await.expect(404);
    host.get("/internal/task-api/metrics").await.expect(404);
    host.post("/metrics", &json!({})).await.expect(405);
    app.anyone().get("/metrics").await.expect(404);
}
