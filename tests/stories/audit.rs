//! The audit: every change, in order, and verifiable by anyone.

use crate::harness::{App, Client, duebell, eventually, ran};
use serde_json::{Value, json};
use std::path::Path;

/// A user's audit once it has this many entries.
pub(crate) async fn audit(user: &Client, entries: usize) -> Vec<Value> {
    eventually(&format!("{entries} entries in the audit"), async || {
        let items = whole_audit(user).await;
        (items.len() >= entries).then_some(items)
    })
    .await
}

/// All that a user's audit holds now.
pub(crate) async fn whole_audit(user: &Client) -> Vec<Value> {
    user.items("/api/audit?limit=200").await
}

fn verify(file: &Path) -> (bool, String) {
    ran(duebell().args(["audit", "verify"]).arg(file))
}

fn types(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["event"]["event_type"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tasks_life_is_in_its_users_audit_and_verifies() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice
        .post("/api/tasks", &json!({ "title": "Ring" }))
        .await
        .expect(201);
    let path = task.header("location").to_owned();
    alice
        .patch(&path, &json!({ "tags": ["bell"] }))
        .await
        .expect(200);
    alice
        .post(&format!("{path}/complete"), &json!(null))
        .await
        .expect(200);
    alice.delete(&path).await.expect(204);

    let items = audit(&alice, 4).await;
    assert_eq!(
        types(&items),
        [
            "task.created",
            "task.updated",
            "task.completed",
            "task.deleted"
        ]
    );
    let numbers: Vec<i64> = items
        .iter()
        .map(|item| item["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    for item in &items {
        assert_eq!(item["event"]["task_id"], task.json["id"]);
        assert_eq!(item["event"]["user_id"], "alice");
        assert_eq!(item["event_id"], item["event"]["correlation_id"]);
    }

    let file = app.state().join("export.json");
    let export = alice.get("/api/audit").await.expect(200);
    std::fs::write(&file, &export.text).unwrap();
    let (sound, said) = verify(&file);
    assert!(sound, "{said}");
    assert!(said.contains("4 entries"), "{said}");

    let mut changed = export.json.clone();
    changed["items"][1]["event"]["task_data"]["tags"] = json!(["gong"]);
    std::fs::write(&file, changed.to_string()).unwrap();
    let (sound, said) = verify(&file);
    assert!(!sound);
    assert!(said.contains("entry 2"), "{said}");

    let mut cut = export.json.clone();
    cut["items"].as_array_mut().unwrap().remove(2);
    std::fs::write(&file, cut.to_string()).unwrap();
    let (sound, said) = verify(&file);
    assert!(!sound);
    assert!(said.contains("entry 3"), "{said}");

    let mut short = export.json;
    short["items"].as_array_mut().unwrap().pop();
    std::fs::write(&file, short.to_string()).unwrap();
    let (sound, said) = verify(&file);
    assert!(!sound, "the page says where the chain ends: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_filtered_and_its_owners_alone() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let first = alice
        .post("/api/tasks", &json!({ "title": "One" }))
        .await
        .expect(201);
    let second = alice
        .post("/api/tasks", &json!({ "title": "Two" }))
        .await
        .expect(201);
    alice.delete(first.header("location")).await.expect(204);
    bob.post("/api/tasks", &json!({ "title": "His" }))
        .await
        .expect(201);
    audit(&alice, 3).await;
    audit(&bob, 1).await;

    let count = async |client: &Client, query: &str| {
        let page = client.get(&format!("/api/audit?{query}")).await.expect(200);
        page.json["items"].as_array().unwrap().len()
    };
    assert_eq!(
        count(&alice, &format!("task_id={}", first.json["id"])).await,
        2
    );
    assert_eq!(
        count(&alice, &format!("task_id={}", second.json["id"])).await,
        1
    );
    assert_eq!(count(&alice, "event_type=task.deleted").await, 1);
    assert_eq!(count(&alice, "since=2999-01-01T00:00:00Z").await, 0);
    assert_eq!(count(&alice, "until=2999-01-01T00:00:00Z").await, 3);

    assert_eq!(count(&bob, "").await, 1);
    bob.get("/api/audit?user_id=alice").await.expect(403);
    assert_eq!(count(&app.operator("olga"), "user_id=alice").await, 3);
    assert_eq!(count(&app.operator("olga"), "").await, 0);
}
