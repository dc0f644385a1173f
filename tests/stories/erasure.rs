//! A user is erased everywhere, for good, and the audit stands.

use crate::{
    audit::whole_audit,
    harness::{APP_TOKEN, App, Client, duebell, eventually, ran},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// A user whose name is nowhere else.
const MARY: &str = "mary-4f6c1d-shelley";

/// Words that only she writes.
const WORDS: [&str; 3] = ["Quicksilverish", "Moonbeamery", "Tanglewoodian"];

/// Every component that has something of users beside task-api.
const COMPONENTS: [&str; 7] = [
    "audit-sink",
    "dead-letters",
    "live-updates",
    "notifier",
    "recurrence",
    "reminder-trigger",
    "search-indexer",
];

/// A user's tasks: one that rings at once, one that rings much later, one that was
/// changed, one that was deleted, and one that comes again.
async fn live(user: &Client, [first, second, third]: [&str; 3]) {
    let make = async |body: Value| user.post("/api/tasks", &body).await.expect(201).json;
    let soon = crate::reminders::text(crate::reminders::from_now(TimeDelta::seconds(1)));
    let due = "2031-01-01T00:00:00Z";
    make(json!({ "title": first, "due_date": due, "reminders": [{ "remind_at": soon }] })).await;
    make(json!({ "title": second, "due_date": due, "reminders": [{ "before": "PT1H" }] })).await;
    let task = make(json!({ "title": third, "description": first })).await;
    let path = format!("/api/tasks/{}", task["id"]);
    user.patch(&path, &json!({ "description": second }))
        .await
        .expect(200);
    let task = make(json!({ "title": third, "tags": [first] })).await;
    let path = format!("/api/tasks/{}", task["id"]);
    user.delete(&path).await.expect(204);
    let task = make(json!({ "title": third, "due_date": due, "recurring_pattern": "daily" })).await;
    let path = format!("/api/tasks/{}/complete", task["id"]);
    user.post(&path, &json!({})).await.expect(200);
}

/// Waits until everybody has heard of that.
async fn heard(user: &Client, word: &str) {
    eventually("it rang", async || {
        let page = user.get("/api/notifications").await.expect(200).json;
        (!page["items"].as_array().unwrap().is_empty()).then_some(())
    })
    .await;
    eventually("it is found", async || {
        let page = user.get(&format!("/api/search?q={word}")).await.expect(200);
        (!page.json["items"].as_array().unwrap().is_empty()).then_some(())
    })
    .await;
    // The next occurrence is there, too.
    eventually("the audit has it", async || {
        (whole_audit(user).await.len() >= 12).then_some(())
    })
    .await;
}

/// An event of hers that nobody can read as one, given up by all that take it.
async fn fail(app: &App, user: &str, root: &Client) {
    let event = json!({
        "event_type": "task.created", "task_id": 0, "user_id": user,
        "task_data": { "title": WORDS[0] }, "timestamp": "2026-01-14T10:30:00Z",
        "correlation_id": format!("odd-of-{}", user.len()),
    });
    let topic = "/v1.0/publish/pubsub-kafka/task-events";
    app.publisher().publish(topic, &event).await;
    eventually("dead letters with their reasons", async || {
        let page = root.get("/api/dead-letters?status=open").await.expect(200);
        let items = page.json["items"].as_array().unwrap().clone();
        let told = items.iter().all(|letter| letter["reason"].is_string());
        (items.len() >= 4 && told).then_some(())
    })
    .await;
}

async fn letters(root: &Client) -> usize {
    let page = root.get("/api/dead-letters").await.expect(200).json;
    page["items"].as_array().unwrap().len()
}

/// `duebell erase`, which waits until nothing is left.
fn erase(app: &App, user: &str) -> String {
    let output = duebell()
        .args([
            "erase",
            "--user",
            user,
            "--url",
            &app.origin(),
            "--state-dir",
        ])
        .arg(app.state())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(output.status.success(), "{text}");
    text
}

fn assert_nothing_is_left(app: &App) {
    let lower = WORDS.map(str::to_lowercase);
    let words = WORDS
        .iter()
        .copied()
        .chain(lower.iter().map(String::as_str));
    for word in words.chain([MARY]) {
        let files = app.databases_with(word);
        assert!(files.is_empty(), "{word} is in {files:?}");
    }
}

/// Delivers an event as the sidecar does, late.
async fn deliver(app: &App, component: &str, topic: &str, event: &Value) {
    let envelope = json!({
        "specversion": "1.0", "id": event["correlation_id"], "source": "/duebell/task-api",
        "type": event["event_type"], "datacontenttype": "application/json",
        "sequence": "0000000000000099", "data": event,
    });
    let answer = app
        .anyone()
        .with("dapr-api-token", APP_TOKEN)
        .raw(
            "POST",
            &format!("/events/{component}/{topic}"),
            "application/cloudevents+json",
            envelope.to_string(),
        )
        .await
        .expect(200);
    assert_eq!(answer.header("duebell-outcome"), "done", "{component}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_user_is_left_and_the_audit_stands() {
    let app = App::start().await;
    let (mary, bob, root) = (app.user(MARY), app.user("bob"), app.operator("root"));
    live(&mary, WORDS).await;
    live(&bob, ["Bicycle", "Tricycle", "Unicycle"]).await;
    heard(&mary, WORDS[0]).await;
    heard(&bob, "Bicycle").await;
    fail(&app, MARY, &root).await;
    let mut stream = app.event_stream(&mary, "?since=0").await;
    for word in WORDS {
        assert!(!app.databases_with(word).is_empty(), "{word}");
    }
    let chain_before = whole_audit(&mary).await;
    let audit_of_bob = whole_audit(&bob).await;
    assert!(letters(&root).await >= 4);

    let said = erase(&app, MARY);
    assert!(said.contains("nothing of the user is left"), "{said}");
    assert!(!said.contains(MARY), "{said}");
    assert_nothing_is_left(&app);

    // Her stream ends, and she is refused everywhere.
    loop {
        let told = stream.next().await;
        if told.event == "end" {
            assert_eq!(told.data["reason"], "user-erased");
            break;
        }
    }
    for path in [
        "/api/tasks",
        "/api/notifications",
        "/api/search?q=moon",
        "/api/audit",
    ] {
        let answer = mary.get(path).await.expect(403);
        assert_eq!(
            answer.json["type"],
            "https://duebell.dev/problems/user-erased"
        );
    }
    let updates = mary
        .with("accept", "application/json")
        .at(app.updates_origin());
    updates.get("/api/updates?since=0").await.expect(403);
    mary.post("/api/tasks", &json!({ "title": "x" }))
        .await
        .expect(403);
    assert_eq!(letters(&root).await, 0);

    // The chain stands, says nothing of her, and ends by saying why.
    let name = said.split_whitespace().last().unwrap();
    assert!(name.starts_with("erased:"), "{said}");
    let path = format!("/api/audit?limit=200&user_id={name}");
    let page = eventually("the last entry", async || {
        let page = root.get(&path).await.expect(200).json;
        let last = page["items"].as_array().unwrap().last().cloned()?;
        (last["event"]["event_type"] == "user.erased").then_some(page)
    })
    .await;
    let file = app.state().join("erased.json");
    std::fs::write(&file, page.to_string()).unwrap();
    let (verified, said) = ran(duebell().args(["audit", "verify"]).arg(&file));
    assert!(verified, "{said}");
    std::fs::remove_file(file).unwrap();
    let items = page["items"].as_array().unwrap();
    assert!(items.len() > chain_before.len());
    for (item, before) in items.iter().zip(&chain_before) {
        assert_eq!(item["hash"], before["hash"]);
        assert_eq!(
            (&item["event"], &item["salt"]),
            (&Value::Null, &Value::Null)
        );
    }
    let last = items.last().unwrap();
    assert_eq!(last["event"]["actor"], "operator");
    let erasure_id = name.strip_prefix("erased:").unwrap();
    assert_eq!(last["event"]["details"]["erasure_id"], erasure_id);

    // What comes late changes nothing, whoever takes it.
    let task = json!({
        "event_type": "task.completed", "task_id": 77, "user_id": MARY,
        "task_data": {
            "title": WORDS[1], "completed": true, "recurring_pattern": "daily",
            "due_date": "2031-01-01T00:00:00Z",
        },
        "timestamp": "2026-01-14T10:30:00Z", "correlation_id": "late-task",
    });
    for component in ["audit-sink", "notifier", "recurrence", "search-indexer"] {
        deliver(&app, component, "task-events", &task).await;
    }
    let mut reminder = json!({
        "event_type": "reminder.scheduled", "reminder_id": 78, "task_id": 77, "user_id": MARY,
        "title": WORDS[1], "due_at": "2031-01-01T00:00:00Z", "remind_at": "2026-01-01T00:00:00Z",
        "correlation_id": "late-reminder",
    });
    deliver(&app, "reminder-trigger", "reminder-events", &reminder).await;
    reminder["event_type"] = json!("reminder.due");
    deliver(&app, "notifier", "reminder-events", &reminder).await;
    let update = json!({
        "event_type": "task.sync", "task_id": 77, "user_id": MARY, "action": "updated",
        "changes": { "title": WORDS[1] }, "source_client": null,
        "timestamp": "2026-01-14T10:30:00Z",
    });
    let mut envelope = update.clone();
    envelope["correlation_id"] = json!("late-update");
    deliver(&app, "live-updates", "task-updates", &envelope).await;
    assert_nothing_is_left(&app);
    for file in app.component_logs() {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains(MARY), "{}", file.display());
    }

    // Bob has all that he had.
    let tasks = bob.get("/api/tasks").await.expect(200).json;
    assert!(tasks["items"].as_array().unwrap().len() >= 4);
    let found = bob.get("/api/search?q=bicycle").await.expect(200).json;
    assert!(!found["items"].as_array().unwrap().is_empty());
    let audit = whole_audit(&bob).await;
    assert_eq!(audit[..audit_of_bob.len()], audit_of_bob[..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_operator_erases_and_only_task_api_orders_it() {
    let app = App::start().await;
    let (alice, root) = (app.user("alice"), app.operator("root"));
    alice
        .post("/api/tasks", &json!({ "title": "Ring" }))
        .await
        .expect(201);
    let body = json!({ "user_id": "alice" });
    app.anyone().post("/api/erasures", &body).await.expect(401);
    for client in [alice.clone(), app.user("bob")] {
        client.post("/api/erasures", &body).await.expect(403);
        client.get("/api/erasures/1").await.expect(403);
    }
    app.operator("alice")
        .post("/api/erasures", &body)
        .await
        .expect(422);
    root.get("/api/erasures/1").await.expect(404);
    let order = json!({ "erasure_id": "1", "user_id": "alice" });
    for component in COMPONENTS {
        let path = format!("/internal/{component}/erasures");
        for client in [
            app.anyone(),
            alice.clone(),
            root.clone(),
            app.anyone().with("dapr-api-token", "guessed"),
        ] {
            client.post(&path, &order).await.expect(401);
        }
    }
    let refused = duebell()
        .args(["token", "--user", "erased:1", "--state-dir"])
        .arg(app.state())
        .output()
        .unwrap();
    assert!(!refused.status.success());
    alice.get("/api/tasks").await.expect(200);

    // A user whom nobody knows is erased as well as any.
    erase(&app, "nobody-knows-me");
    app.user("nobody-knows-me")
        .get("/api/tasks")
        .await
        .expect(403);
}
