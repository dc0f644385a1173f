//! Tasks over HTTP, as their users meet them.

use crate::harness::{App, Client};
use serde_json::{Value, json};

async fn created(user: &Client, title: &str) -> i64 {
    let answer = user
        .post("/api/tasks", &json!({ "title": title }))
        .await
        .expect(201);
    answer.json["id"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_created_read_changed_completed_reopened_and_deleted() {
    let app = App::start().await;
    let alice = app.user("alice");

    let answer = alice
        .post(
            "/api/tasks",
            &json!({
                "title": "Buy groceries",
                "description": "Milk, bread, eggs",
                "priority": "high",
                "due_date": "2031-01-15T15:00:00+01:00",
                "tags": ["shopping", "personal"],
                "recurring_pattern": "monthly",
                "time_zone": "Europe/Berlin"
            }),
        )
        .await
        .expect(201);
    let id = answer.json["id"].as_i64().unwrap();
    assert!(id > 0 && id < 1 << 53);
    assert_eq!(answer.header("location"), format!("/api/tasks/{id}"));
    assert_eq!(answer.header("etag"), "\"v1\"");
    assert_eq!(answer.json["due_date"], "2031-01-15T14:00:00.000Z");
    assert_eq!(answer.json["next_occurrence"], "2031-02-15T14:00:00.000Z");
    assert_eq!(answer.json["completed"], false);
    assert_eq!(answer.json["version"], 1);

    let path = format!("/api/tasks/{id}");
    let read = alice.get(&path).await.expect(200);
    assert_eq!(read.json, answer.json);

    let changed = alice
        .patch(&path, &json!({ "priority": "urgent", "description": null }))
        .await
        .expect(200);
    assert_eq!(changed.json["priority"], "urgent");
    assert!(changed.json["description"].is_null());
    assert_eq!(changed.header("etag"), "\"v2\"");

    let nothing = alice
        .patch(&path, &json!({ "priority": "urgent" }))
        .await
        .expect(200);
    assert_eq!(
        nothing.header("etag"),
        "\"v2\"",
        "a patch that changes nothing is no change"
    );

    let complete = format!("{path}/complete");
    let done = alice.post(&complete, &json!(null)).await.expect(200);
    assert_eq!(done.json["completed"], true);
    assert_eq!(done.header("etag"), "\"v3\"");
    let again = alice.post(&complete, &json!(null)).await.expect(200);
    assert_eq!(
        again.header("etag"),
        "\"v3\"",
        "completing twice is one completion"
    );

    let reopened = alice
        .post(&format!("{path}/reopen"), &json!(null))
        .await
        .expect(200);
    assert_eq!(reopened.json["completed"], false);

    alice.delete(&path).await.expect(204);
    alice.get(&path).await.expect(404);
    alice.delete(&path).await.expect(404);
    alice
        .patch(&path, &json!({ "title": "late" }))
        .await
        .expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_can_be_made_to_depend_on_what_was_read() {
    let app = App::start().await;
    let alice = app.user("alice");
    let path = format!("/api/tasks/{}", created(&alice, "Ring").await);

    let seen = alice.with("if-match", "\"v1\"");
    seen.patch(&path, &json!({ "title": "Ring twice" }))
        .await
        .expect(200);
    let late = seen
        .patch(&path, &json!({ "title": "Ring thrice" }))
        .await
        .expect(412);
    assert_eq!(late.header("content-type"), "application/problem+json");
    seen.delete(&path).await.expect(412);
    seen.post(&format!("{path}/complete"), &json!(null))
        .await
        .expect(412);
    alice.with("if-match", "*").delete(&path).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_repeated_gets_the_first_answer() {
    let app = App::start().await;
    let alice = app.user("alice").with("idempotency-key", "the-first");
    let body = json!({ "title": "Once" });

    let first = alice.post("/api/tasks", &body).await.expect(201);
    let second = alice.post("/api/tasks", &body).await.expect(201);
    assert_eq!(first.json, second.json);
    assert_eq!(second.header("location"), first.header("location"));
    assert_eq!(second.header("etag"), first.header("etag"));

    let other = alice
        .post("/api/tasks", &json!({ "title": "Twice" }))
        .await
        .expect(422);
    assert!(
        other.json["detail"]
            .as_str()
            .unwrap()
            .contains("Idempotency-Key")
    );

    let bob = app.user("bob").with("idempotency-key", "the-first");
    let his = bob.post("/api/tasks", &body).await.expect(201);
    assert_ne!(his.json["id"], first.json["id"], "a key is its user's own");

    let list = app.user("alice").get("/api/tasks").await.expect(200);
    assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
}

/// Creates a task whose time is later than the one before: of two of the same
/// millisecond either may come first.
async fn create_later(user: &Client, task: &Value, latest: &mut String) {
    loop {
        let made = user.post("/api/tasks", task).await.expect(201).json;
        let created_at = made["created_at"].as_str().unwrap();
        if created_at > latest.as_str() {
            created_at.clone_into(latest);
            return;
        }
        let path = format!("/api/tasks/{}", made["id"]);
        user.delete(&path).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_sorted_and_paged() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut latest = String::new();
    for (title, priority, due, tag) in [
        ("one", "low", Some("2031-03-01T00:00:00Z"), "a"),
        ("two", "urgent", None, "b"),
        ("three", "medium", Some("2031-01-01T00:00:00Z"), "a"),
        ("four", "high", Some("2031-02-01T00:00:00Z"), "a\",\"b"),
        ("five", "low", None, "b"),
    ] {
        let task = json!({ "title": title, "priority": priority, "due_date": due, "tags": [tag] });
        create_later(&alice, &task, &mut latest).await;
    }
    let titles = async |query: &str| {
        let answer = alice.get(&format!("/api/tasks?{query}")).await.expect(200);
        let items = answer.json["items"].as_array().unwrap();
        let titles: Vec<String> = items
            .iter()
            .map(|item| item["title"].as_str().unwrap().to_owned())
            .collect();
        titles.join(" ")
    };
    assert_eq!(titles("").await, "one two three four five");
    assert_eq!(titles("sort=-created_at").await, "five four three two one");
    assert_eq!(titles("sort=due_date").await, "three four one two five");
    assert_eq!(titles("sort=-priority").await, "two four three five one");
    assert_eq!(titles("tag=b").await, "two five");
    assert_eq!(titles("priority=low").await, "one five");
    assert_eq!(
        titles("due_before=2031-02-15T00:00:00Z&sort=due_date").await,
        "three four"
    );
    assert_eq!(titles("due_after=2031-01-15T00:00:00Z").await, "one four");
    assert_eq!(titles("completed=true").await, "");

    for sort in [
        "created_at",
        "-created_at",
        "due_date",
        "-due_date",
        "priority",
        "-updated_at",
    ] {
        let whole = titles(&format!("sort={sort}")).await;
        let paged = alice
            .items(&format!("/api/tasks?sort={sort}&limit=2"))
            .await;
        let paged: Vec<&str> = paged
            .iter()
            .map(|item| item["title"].as_str().unwrap())
            .collect();
        assert_eq!(paged.join(" "), whole, "sorted by {sort}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_touches_what_is_anothers() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let id = created(&alice, "Mine").await;
    let path = format!("/api/tasks/{id}");

    let foreign = bob.get(&path).await.expect(404);
    let unknown = bob.get("/api/tasks/4503599627370495").await.expect(404);
    let read = |answer: crate::harness::Answer| {
        let mut problem = answer.json;
        problem.as_object_mut().unwrap().remove("trace_id");
        problem
    };
    assert_eq!(
        read(foreign),
        read(unknown),
        "another's task reads like one that never was"
    );
    bob.patch(&path, &json!({ "title": "His" }))
        .await
        .expect(404);
    bob.delete(&path).await.expect(404);
    bob.post(&format!("{path}/complete"), &json!(null))
        .await
        .expect(404);
    let list = bob.get("/api/tasks").await.expect(200);
    assert_eq!(list.json["items"], json!([]));
    let mine = alice.get(&path).await.expect(200);
    assert_eq!(mine.json["title"], "Mine");
}
