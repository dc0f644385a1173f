//! Programs that are none of ours, on a real Dapr: the contract's own publisher and
//! subscriber, with Dapr's Python SDK, FastAPI and Pydantic from PyPI.
//!
//! The SDK speaks gRPC, which the embedded sidecar does not: this is told with
//! `DUEBELL_SIDECAR=dapr` alone.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story fails by panicking"
)]

#[path = "../stories/harness/mod.rs"]
#[expect(dead_code, reason = "the stories use the rest of it")]
#[expect(unused_imports, reason = "the stories use the rest of it")]
mod harness;
mod python;

use harness::{App, Client, DAPR_TOKEN, Daprd, eventually, free_port, setting};
use python::python;
use serde_json::{Value, json};
use std::path::PathBuf;

async fn start() -> App {
    assert!(
        setting().real_sidecar,
        "Dapr's SDK speaks gRPC, which only a real sidecar does: DUEBELL_SIDECAR=dapr"
    );
    App::start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_daprs_python_sdk_publishes_is_audited_as_it_was_sent() {
    let app = start().await;
    let (grpc, http) = (app.sidecar_grpc_port(), app.sidecar_port());
    let environment = [
        ("DAPR_GRPC_PORT", grpc.to_string()),
        // The SDK asks there whether the sidecar is healthy.
        ("DAPR_HTTP_PORT", http.to_string()),
        ("DAPR_API_TOKEN", DAPR_TOKEN.to_owned()),
    ];
    let output = python("publisher.py", &[], &environment).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let sent: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    let user = app.user("user-456");
    let items = eventually("its event is audited", async || {
        let page = user.get("/api/audit").await.expect(200).json;
        let items = page["items"].as_array().unwrap().clone();
        (!items.is_empty()).then_some(items)
    })
    .await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["event"], sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fastapi_subscriber_reads_every_event_into_the_contracts_models() {
    let app = start().await;
    let alice = app.user("alice");
    let task = json!({
        "title": "Buy groceries", "due_date": "2031-01-15T14:00:00Z", "tags": ["shopping"],
        "recurring_pattern": "weekly", "reminders": [{ "before": "PT1H" }],
    });
    let task = alice.post("/api/tasks", &task).await.expect(201).json;
    let path = format!("/api/tasks/{}", task["id"]);
    // It rings at once.
    let past = json!({ "due_date": "2026-01-01T14:00:00Z", "description": null });
    alice.patch(&path, &past).await.expect(200);
    alice
        .post(&format!("{path}/complete"), &Value::Null)
        .await
        .expect(200);
    alice.delete(&path).await.expect(204);

    // A program that comes later gets what is kept.
    let port = free_port();
    let mut subscriber = harness::Process::start(app.state().join("subscriber.log"), move || {
        python("subscriber.py", &[&port.to_string()], &[])
    });
    let client = Client::new(format!("http://127.0.0.1:{port}"));
    harness::eventually_by(&mut subscriber, "the subscriber listens", async || {
        client.try_get("/healthz").await.map(drop)
    })
    .await;
    let daprd = Daprd {
        app_id: "foreigner".to_owned(),
        app_port: port,
        port: free_port(),
        grpc_port: free_port(),
        resources: resources(&app),
        scheduler: app.servers.as_ref().unwrap().scheduler.address(),
        health_path: "/healthz".to_owned(),
    };
    let _daprd = daprd.start(app.state().join("foreigner-daprd.log"));

    let wanted = [
        "task.created",
        "task.updated",
        "task.completed",
        "task.deleted",
        "reminder.scheduled",
        "reminder.cancelled",
        "reminder.due",
        "task.sync",
    ];
    let seen = eventually("it has read every kind of event", async || {
        let seen = client.get("/seen").await.json;
        let has = |name: &&str| {
            let events = seen.as_array().unwrap().iter();
            events
                .map(|seen| &seen["event"]["event_type"])
                .any(|seen| seen == *name)
        };
        wanted.iter().all(has).then(|| seen.clone())
    })
    .await;
    assert_eq!(client.get("/failed").await.json, json!([]));
    let created = seen
        .as_array()
        .unwrap()
        .iter()
        .find(|seen| seen["event"]["event_type"] == "task.created")
        .unwrap();
    assert_eq!(created["event"]["task_data"]["title"], "Buy groceries");
    assert_eq!(created["event"]["user_id"], "alice");
}

/// The foreigner's own view of the broker.
fn resources(app: &App) -> PathBuf {
    let folder = app.state().join("foreigner");
    std::fs::create_dir_all(&folder).unwrap();
    let broker = app.servers.as_ref().unwrap().kafka.address();
    let component = format!(
        "apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: pubsub-kafka
spec:
  type: pubsub.kafka
  version: v1
  metadata:
    - name: brokers
      value: \"{broker}\"
    - name: authType
      value: \"none\"
    - name: consumerGroup
      value: \"foreigner\"
    - name: initialOffset
      value: \"oldest\"
"
    );
    std::fs::write(folder.join("pubsub.yaml"), component).unwrap();
    folder
}
