//! Who may do what, and that nobody else may.

use crate::{
    audit::{audit, whole_audit},
    harness::{APP_TOKEN, App, Client, DAPR_TOKEN, duebell, eventually},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_missing_forged_foreign_or_expired_is_refused() {
    let app = App::start().await;
    let anyone = app.anyone();
    let with = |token: &str| anyone.with("authorization", token);
    let good = app.user("alice");
    good.get("/api/tasks").await.expect(200);

    let foreign_state = tempfile::tempdir().unwrap();
    let foreign = duebell()
        .args(["token", "--user", "alice", "--state-dir"])
        .arg(foreign_state.path())
        .output()
        .unwrap();
    let foreign = format!(
        "Bearer {}",
        String::from_utf8(foreign.stdout).unwrap().trim()
    );
    let expired = duebell()
        .args([
            "token",
            "--user",
            "alice",
            "--lifetime",
            "-1h",
            "--state-dir",
        ])
        .arg(app.state())
        .output()
        .unwrap();
    let expired = String::from_utf8(expired.stdout).unwrap();

    // {"alg":"none"} . {"sub":"alice","exp":9999999999} .
    let unsigned = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsImV4cCI6OTk5OTk5OTk5OX0.";
    let mut refused = vec![
        anyone.clone(),
        with(""),
        with("Bearer"),
        with("Bearer nonsense"),
        with("Basic YWxpY2U6eA=="),
        with(unsigned),
        with(&foreign),
    ];
    if !expired.trim().is_empty() {
        refused.push(with(&format!("Bearer {}", expired.trim())));
    }
    for client in refused {
        for path in ["/api/tasks", "/api/tasks/1", "/api/audit"] {
            let answer = client.get(path).await.expect(401);
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert!(
                answer.header("www-authenticate").starts_with("Bearer"),
                "{path}"
            );
        }
        client
            .post("/api/tasks", &json!({ "title": "x" }))
            .await
            .expect(401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_sidecar_delivers_events() {
    let app = App::start().await;
    let event = json!({
        "specversion": "1.0", "id": "forged", "source": "/nobody", "type": "task.created",
        "datacontenttype": "application/json",
        "data": {
            "event_type": "task.created", "task_id": 1, "user_id": "alice",
            "task_data": { "title": "Forged", "completed": false, "priority": "low", "tags": [] },
            "timestamp": "2026-01-14T10:30:00Z", "correlation_id": "forged"
        }
    })
    .to_string();
    let deliver = async |client: &Client| {
        client
            .raw(
                "POST",
                "/events/audit-sink/task-events",
                "application/cloudevents+json",
                event.clone(),
            )
            .await
    };
    deliver(&app.anyone()).await.expect(401);
    deliver(&app.anyone().with("dapr-api-token", "guessed"))
        .await
        .expect(401);
    deliver(&app.operator("olga")).await.expect(401);
    assert!(whole_audit(&app.user("alice")).await.is_empty());

    let answer = deliver(&app.anyone().with("dapr-api-token", APP_TOKEN))
        .await
        .expect(200);
    assert_eq!(
        answer.text, "",
        "an empty body, so that real Spin does not hold it back"
    );
    assert_eq!(answer.header("duebell-outcome"), "done");
    let again = deliver(&app.anyone().with("dapr-api-token", APP_TOKEN))
        .await
        .expect(200);
    assert_eq!(again.header("duebell-outcome"), "already_processed");
    assert_eq!(whole_audit(&app.user("alice")).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn internal_routes_and_sweeps_want_the_apps_token() {
    let app = App::start().await;
    let alice = app.user("alice");
    alice
        .post("/api/tasks", &json!({ "title": "x" }))
        .await
        .expect(201);
    audit(&alice, 1).await;
    let token = app.anyone().with("dapr-api-token", APP_TOKEN);
    let events = "/internal/task-api/outbox/events?topic=task-events&user_id=alice&first=1&last=9";
    let heads = "/internal/task-api/outbox/heads?topic=task-events&after=0";
    for path in [events, heads] {
        for client in [app.anyone(), alice.clone(), app.operator("olga")] {
            client.get(path).await.expect(401);
        }
        token.get(path).await.expect(200);
    }
    for component in [
        "audit-sink",
        "live-updates",
        "notifier",
        "recurrence",
        "reminder-trigger",
        "search-indexer",
    ] {
        let inbox = format!("/internal/{component}/inbox?key=unheard-of");
        let topic = match component {
            "reminder-trigger" => "reminder-events",
            "live-updates" => "task-updates",
            _ => "task-events",
        };
        let replay = format!("/internal/{component}/replays/{topic}");
        for client in [app.anyone(), alice.clone(), app.operator("olga")] {
            client.get(&inbox).await.expect(401);
            client.post(&replay, &json!({})).await.expect(401);
        }
        token.get(&inbox).await.expect(404);
        let answer = token.post(&replay, &json!({})).await.expect(200);
        assert_eq!(answer.json["outcome"], "drop", "{component}");
    }
    for sweep in [
        "/sweep-task-api",
        "/sweep-audit-sink",
        "/sweep-recurrence",
        "/sweep-dead-letters",
        "/sweep-live-updates",
    ] {
        for client in [app.anyone(), alice.clone(), app.operator("olga")] {
            client.post(sweep, &json!(null)).await.expect(401);
        }
        token.post(sweep, &json!(null)).await.expect(200);
    }
    let answer = token.get(events).await.expect(200);
    assert_eq!(answer.json["events"][0]["data"]["task_data"]["title"], "x");
    assert_eq!(answer.json["events"][0]["sequence"], "0000000000000001");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_any_log() {
    let app = App::start().await;
    let alice = app.user("alice");
    alice
        .post("/api/tasks", &json!({ "title": "x" }))
        .await
        .expect(201);
    audit(&alice, 1).await;
    app.anyone()
        .with("dapr-api-token", "guessed-by-somebody")
        .post("/sweep-task-api", &json!(null))
        .await
        .expect(401);
    let written = eventually("the components' logs", async || {
        let files = app.component_logs();
        (!files.is_empty()).then_some(files)
    })
    .await;
    let made = app.secrets();
    assert_eq!(made.len(), 3);
    let shown = [APP_TOKEN, DAPR_TOKEN, "guessed-by-somebody"];
    for file in written {
        let text = std::fs::read_to_string(&file).unwrap();
        for secret in shown.into_iter().chain(made.iter().map(String::as_str)) {
            assert!(!text.contains(secret), "a secret is in {}", file.display());
        }
        // How every user's token begins.
        assert!(!text.contains("eyJ"), "a token is in {}", file.display());
    }
}
