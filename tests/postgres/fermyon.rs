//! Duebell as Fermyon (Akamai Functions) runs it: its manifest, on Postgres, with a sidecar
//! that is elsewhere, within the platform's limits, which the host enforces.

use crate::harness::{self, App, EventStream, Options, duebell, eventually, project};
use duebell_service::{Clock, SystemClock};
use serde_json::json;

/// Where its manifest is.
const MANIFEST: &str = "deploy/fermyon";

/// Duebell within the limits, with a sidecar of its own beside it.
async fn start() -> App {
    crate::must_be_asked_for();
    App::start_with(Options {
        manifest: Some(MANIFEST),
        proxied: true,
        arguments: limits(),
        ..Options::default()
    })
    .await
}

fn limits() -> Vec<String> {
    ["--limits", "fermyon"].map(str::to_owned).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_audited_found_and_rings() {
    let app = start().await;
    let alice = app.user("alice");
    let soon = (SystemClock.now() + chrono::TimeDelta::seconds(2)).to_rfc3339();
    let body = json!({
        "title": "Pay the rent", "due_date": "2031-01-01T09:00:00Z", "tags": ["home"],
        "reminders": [{ "remind_at": soon }],
    });
    let task = alice.post("/api/tasks", &body).await.expect(201).json;
    eventually("it is found", async || {
        let found = alice.get("/api/search?q=rent&tag=home").await.expect(200);
        (found.json["items"][0]["id"] == task["id"]).then_some(())
    })
    .await;
    eventually("it has rung", async || {
        let rung = alice.get("/api/notifications").await.expect(200);
        (rung.json["items"][0]["title"] == "Pay the rent").then_some(())
    })
    .await;
    eventually("all of it is audited", async || {
        let audit = alice.get("/api/audit").await.expect(200);
        let types = audit.json["items"].as_array().unwrap().iter();
        let due = types
            .filter(|entry| entry["event_type"] == "reminder.due")
            .count();
        (due == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_request_and_goes_on_in_the_next_without_a_gap() {
    let app = start().await;
    let alice = app.user("alice").at(app.updates_origin());
    let create = async |title: &str| {
        app.user("alice")
            .post("/api/tasks", &json!({ "title": title }))
            .await
            .expect(201);
    };
    let mut stream = EventStream::open(&alice, "/api/updates").await;
    create("first").await;
    let first = stream.next().await;
    assert_eq!(first.title(), "first");
    // Thirty seconds, by the host's clock.
    while stream.try_next().await.is_some() {}
    create("while it was away").await;
    let path = format!("/api/updates?since={}", first.id.unwrap());
    let mut again = EventStream::begin(&alice, &path).await;
    let told = loop {
        let told = again.next().await;
        if told.event == "update" {
            break told;
        }
    };
    assert_eq!(told.title(), "while it was away");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_for_the_platform_is_refused() {
    let app = start().await;
    let alice = app.user("alice");
    let body = " ".repeat(10 * 1024 * 1024 + 1);
    let answer = alice
        .raw("POST", "/api/tasks", "application/json", body)
        .await;
    assert_eq!(answer.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_gets_no_more_memory_than_the_platform_has() {
    let folder = tempfile::tempdir().unwrap();
    let contract = project().join("tests/store-contract");
    harness::build(&contract);
    let text = std::fs::read_to_string(contract.join("spin.toml")).unwrap();
    let mut manifest: toml::Table = toml::from_str(&text).unwrap();
    let component = manifest["component"]["store-contract"]
        .as_table_mut()
        .unwrap();
    component.remove("sqlite_databases");
    component.remove("build");
    let source = contract.join(component["source"].as_str().unwrap());
    component.insert("source".to_owned(), source.to_str().unwrap().into());
    std::fs::write(folder.path().join("spin.toml"), manifest.to_string()).unwrap();
    let app = App::start_with(Options {
        from: Some(folder.path().to_owned()),
        arguments: limits(),
        ..Options::default()
    })
    .await;
    let asked = async |mib: u32| {
        app.anyone()
            .get(&format!("/contract/memory/{mib}"))
            .await
            .status
    };
    assert_eq!(asked(100).await, 200);
    assert_eq!(asked(140).await, 500);
    assert_eq!(asked(100).await, 200);
}

#[test]
fn an_app_that_wants_sqlite_is_told_that_there_is_none() {
    let state = tempfile::tempdir().unwrap();
    let output = duebell()
        .args(["up", "--limits", "fermyon", "--state-dir"])
        .arg(state.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    for part in ["wants the SQLite database `audit`", "deploy/fermyon"] {
        assert!(said.contains(part), "{said}");
    }
}
