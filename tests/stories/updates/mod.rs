//! Live updates: what changes on one device is at once on the others.

mod bad_input;
mod crowds;
mod resuming;
mod sessions;
mod watching;

use crate::harness::{App, Client, Told, eventually};
use serde_json::{Value, json};

/// Makes a task, and gives its id.
async fn create(user: &Client, title: &str) -> i64 {
    let task = user.post("/api/tasks", &json!({ "title": title })).await;
    task.expect(201).json["id"].as_i64().unwrap()
}

/// A page of what changed since a position.
async fn page(app: &App, user: &Client, query: &str) -> crate::harness::Answer {
    let client = user.at(app.updates_origin());
    let client = client.with("accept", "application/json");
    client.get(&format!("/api/updates{query}")).await
}

/// Where a user's updates are now.
async fn position(app: &App, user: &Client) -> i64 {
    let page = page(app, user, "").await.expect(200);
    assert_eq!(page.json["items"], json!([]));
    page.json["position"].as_i64().unwrap()
}

/// Waits until there are this many updates.
async fn logged(app: &App, user: &Client, count: i64) {
    eventually("the updates are there", async || {
        (position(app, user).await >= count).then_some(())
    })
    .await;
}

/// A ticket for this user.
async fn ticket(app: &App, user: &Client) -> String {
    let client = user.at(app.updates_origin());
    let answer = client
        .raw("POST", "/api/updates/ticket", "application/json", "")
        .await
        .expect(201);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json["ticket"].as_str().unwrap().to_owned()
}

/// Holds that these are the next updates, and gives the number of the last.
#[track_caller]
fn must_be(told: &[Told], first: i64, titles: &[String]) {
    let seen: Vec<(Option<i64>, &str)> = told
        .iter()
        .map(|update| (update.id, update.title()))
        .collect();
    let expected: Vec<(Option<i64>, &str)> = (first..)
        .map(Some)
        .zip(titles.iter().map(String::as_str))
        .collect();
    assert_eq!(seen, expected);
}

/// An update as a page holds it.
fn told(item: &Value) -> Told {
    Told {
        event: "update".to_owned(),
        id: item["id"].as_i64(),
        data: item["data"].clone(),
    }
}
