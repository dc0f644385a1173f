//! Search: what a user finds, how soon, and while the index is built anew.

use crate::harness::{APP_TOKEN, App, Client, eventually};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// In what time of its creation a task is found.
const PROMISED: Duration = Duration::from_secs(1);

const REBUILD: &str = "/internal/search-indexer/rebuild";

/// What a user finds on one page; `query` is percent-encoded.
async fn search(user: &Client, query: &str) -> Vec<Value> {
    let page = user.get(&format!("/api/search?{query}")).await.expect(200);
    page.json["items"].as_array().unwrap().clone()
}

/// Waits until a user finds so many.
async fn found(user: &Client, query: &str, count: usize) -> Vec<Value> {
    eventually(&format!("{count} are found for {query}"), async || {
        let items = search(user, query).await;
        (items.len() == count).then_some(items)
    })
    .await
}

/// Creates so many tasks, and waits until all are found and audited.
async fn create(user: &Client, titles: impl Iterator<Item = String>) {
    let mut count = 0;
    for title in titles {
        user.post("/api/tasks", &json!({ "title": title }))
            .await
            .expect(201);
        count += 1;
    }
    crate::audit::audit(user, count).await;
    eventually("all are found", async || {
        (all(user, "q=bell").await.len() == count).then_some(())
    })
    .await;
}

/// All that a user finds, on all pages.
async fn all(user: &Client, query: &str) -> Vec<Value> {
    user.items(&format!("/api/search?limit=200&{query}")).await
}

/// Waits until the rebuild is done.
async fn rebuilt(app: &App) -> Value {
    let operator = app.anyone().with("dapr-api-token", APP_TOKEN);
    eventually("the index is built anew", async || {
        let progress = operator.get(REBUILD).await.expect(200).json;
        (progress["state"] == "done").then_some(progress)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_without_its_accents_finds_the_task_within_a_second_of_its_creation() {
    let app = App::start().await;
    let alice = app.user("alice");
    // The first is not timed: whoever subscribes anew may have to wait for the broker.
    alice
        .post("/api/tasks", &json!({ "title": "Ouverture" }))
        .await
        .expect(201);
    found(&alice, "q=ouverture", 1).await;

    let created = Instant::now();
    let task = alice
        .post(
            "/api/tasks",
            &json!({ "title": "Crème brûlée", "description": "für Zoë", "tags": ["dîner"] }),
        )
        .await
        .expect(201);
    let items = found(&alice, "q=creme+BRULEE", 1).await;
    let took = created.elapsed();
    assert!(took < PROMISED, "after {took:?}");
    assert_eq!(items[0]["id"], task.json["id"]);
    assert_eq!(items[0]["title"], "Crème brûlée");
    assert_eq!(
        items[0]["highlights"]["title"],
        "<mark>Crème</mark> <mark>brûlée</mark>"
    );
    for query in ["q=zoe", "q=diner", "q=cr%C3%A8m*", "q=%22creme+brulee%22"] {
        assert_eq!(search(&alice, query).await.len(), 1, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_what_the_task_is_now() {
    let app = App::start().await;
    let alice = app.user("alice");
    let body = json!({ "title": "Bell", "priority": "high", "tags": ["tower"], "due_date": "2031-05-01T08:00:00Z" });
    let task = alice.post("/api/tasks", &body).await.expect(201);
    let path = task.header("location").to_owned();
    let items = found(&alice, "q=bell&priority=high&tag=tower&completed=false", 1).await;
    assert_eq!(items[0]["due_date"], task.json["due_date"]);
    assert_eq!(items[0]["tags"], task.json["tags"]);

    alice
        .patch(&path, &json!({ "title": "Gong", "priority": "low" }))
        .await
        .expect(200);
    found(&alice, "q=gong&priority=low", 1).await;
    assert!(search(&alice, "q=bell").await.is_empty());
    alice
        .post(&format!("{path}/complete"), &json!(null))
        .await
        .expect(200);
    found(&alice, "q=gong&completed=true", 1).await;
    assert!(search(&alice, "q=gong&completed=false").await.is_empty());
    alice.delete(&path).await.expect(204);
    found(&alice, "q=gong", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_finds_what_is_anothers() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    for (user, title) in [(&alice, "Alice's bell"), (&bob, "Bob's bell")] {
        user.post("/api/tasks", &json!({ "title": title }))
            .await
            .expect(201);
    }
    let his = found(&bob, "q=bell", 1).await;
    assert_eq!(his[0]["title"], "Bob's bell");
    found(&alice, "q=bell", 1).await;
    assert!(search(&alice, "q=bob").await.is_empty());
    assert!(search(&app.operator("olga"), "q=bell").await.is_empty());
    app.anyone().get("/api/search?q=bell").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_cannot_be_answered_is_told_why() {
    let app = App::start().await;
    let alice = app.user("alice");
    let long = format!("q={}", "x".repeat(10_000));
    for (query, said) in [
        ("", "has to be there"),
        ("q=", "has to be there"),
        ("q=+*+-+%28%29+%3A+%5E", "no word"),
        ("q=be%00ll", "control characters"),
        ("q=%22bell", "close it"),
        ("q=bell%22", "close it"),
        ("q=-bell", "without a -"),
        (&long, "Shorten it"),
        (&format!("q={}", "x".repeat(501)), "at most 500 characters"),
    ] {
        let answer = alice.get(&format!("/api/search?{query}")).await.expect(400);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let error = &answer.json["errors"][0];
        assert_eq!(error["parameter"], "q", "{}", answer.text);
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(said), "{query:.40}: {detail}");
    }
    for query in [
        "q=a+AND+OR",
        "q=NEAR%28a%29",
        "q=title%3Aa",
        "q=%27%3B--a",
        "q=a*b%5E%2B",
    ] {
        assert!(search(&alice, query).await.is_empty(), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_with_the_apps_token_is_the_index_built_anew() {
    let app = App::start().await;
    let tasks = "/internal/audit-sink/tasks";
    for client in [app.anyone(), app.user("alice"), app.operator("olga")] {
        client.post(REBUILD, &json!(null)).await.expect(401);
        client.get(REBUILD).await.expect(401);
        client.get(tasks).await.expect(401);
        client
            .post("/sweep-search-indexer", &json!(null))
            .await
            .expect(401);
    }
    let token = app.anyone().with("dapr-api-token", APP_TOKEN);
    assert_eq!(token.get(REBUILD).await.expect(200).json["state"], "never");
    assert_eq!(
        token.get(tasks).await.expect(200).json,
        json!({ "events": [], "next": null })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_is_built_anew_while_it_goes_on_serving() {
    let app = App::start().await;
    let alice = app.user("alice");
    let title = |number: usize| format!("Bell {number}");
    create(&alice, (0..300).map(title)).await;
    let token = app.anyone().with("dapr-api-token", APP_TOKEN);
    let begun = token.post(REBUILD, &json!(null)).await.expect(202);
    assert_eq!(begun.json["number"], 1);
    let mut created = 0;
    while token.get(REBUILD).await.expect(200).json["state"] != "done" {
        assert!(all(&alice, "q=bell").await.len() >= 300 + created);
        let gong = json!({ "title": format!("Bell and gong {created}") });
        alice.post("/api/tasks", &gong).await.expect(201);
        created += 1;
        found(&alice, "q=gong", created).await;
    }
    let progress = rebuilt(&app).await;
    assert!(progress["tasks"].as_u64().unwrap() >= 300);
    assert_eq!(progress["removed"], 0);
    assert_eq!(all(&alice, "q=bell").await.len(), 300 + created);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_lost_comes_back_from_the_audit_whoever_is_killed_meanwhile() {
    let mut app = App::start().await;
    let alice = app.user("alice");
    create(&alice, (0..400).map(|number| format!("Bell {number}"))).await;
    let gone = search(&alice, "q=bell&limit=1").await[0]["id"].clone();
    alice
        .delete(&format!("/api/tasks/{gone}"))
        .await
        .expect(204);
    eventually("the deletion is heard", async || {
        (all(&alice, "q=bell").await.len() == 399).then_some(())
    })
    .await;
    crate::audit::audit(&alice, 401).await;

    app.kill();
    app.lose_database("search-indexer", "search");
    app.start_again().await;
    let token = app.anyone().with("dapr-api-token", APP_TOKEN);
    token.post(REBUILD, &json!(null)).await.expect(202);
    app.kill();
    app.start_again().await;
    // Had it been begun before the kill, this joins it.
    token.post(REBUILD, &json!(null)).await.expect(202);
    rebuilt(&app).await;
    let items = all(&alice, "q=bell").await;
    let ids: BTreeSet<u64> = items
        .iter()
        .map(|item| item["id"].as_u64().unwrap())
        .collect();
    assert_eq!((items.len(), ids.len()), (399, 399));
    assert!(!ids.contains(&gone.as_u64().unwrap()));
}
