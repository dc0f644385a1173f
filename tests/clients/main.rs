//! The programs of the documents. The example client of docs/live-updates.md, run by Node:
//! its own EventSource and its own WebSocket; and the verifier of docs/audit.md, run by
//! Python.
//!
//! They need Node 20.18 or newer and Python 3.8 or newer, and are told with
//! `cargo test --release --test clients`.

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
mod verifier;

use harness::{App, Client, eventually, project};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

/// A client that Node runs, and what it printed.
struct Watcher {
    node: Child,
    lines: Arc<Mutex<Vec<Value>>>,
}

impl Watcher {
    fn start(way: &str, app: &App, user: &Client) -> Self {
        let token = user.header("authorization").replace("Bearer ", "");
        let mut node = Command::new("node")
            .args([
                "--no-warnings",
                "--experimental-eventsource",
                "--experimental-websocket",
            ])
            .arg(project().join("tests/clients/watch.mjs"))
            .args([way, &app.updates_origin(), &token])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("the clients need Node 20.18 or newer: {error}"));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let output = BufReader::new(node.stdout.take().unwrap());
        let seen = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap();
                seen.lock().unwrap().push(line);
            }
        });
        Self { node, lines }
    }

    fn lines(&self, kind: &str) -> Vec<Value> {
        let lines = self.lines.lock().unwrap();
        let of_kind = lines.iter().filter(|line| line.get(kind).is_some());
        of_kind.cloned().collect()
    }

    /// Waits until it has come to this state so often.
    async fn state(&self, state: &str, times: usize) {
        eventually(&format!("the client is {state}"), async || {
            let count = self
                .lines("state")
                .iter()
                .filter(|line| line["state"] == state)
                .count();
            (count >= times).then_some(())
        })
        .await;
    }

    /// Waits until it has been told of so many updates, and holds that they are these.
    async fn told(&self, count: usize) {
        eventually(&format!("{count} updates"), async || {
            (self.lines("update").len() >= count).then_some(())
        })
        .await;
        let expected: Vec<Value> = (1..=count)
            .map(|id| json!({ "update": id, "title": format!("n{id}") }))
            .collect();
        assert_eq!(self.lines("update"), expected);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

async fn create(user: &Client, ids: std::ops::RangeInclusive<usize>) {
    for id in ids {
        let task = json!({ "title": format!("n{id}") });
        user.post("/api/tasks", &task).await.expect(201);
    }
}

async fn sees_each_change_once_across_kills(way: &str) {
    let mut app = App::start().await;
    let alice = app.user("alice");
    let watcher = Watcher::start(way, &app, &alice);
    watcher.state("live", 1).await;
    create(&alice, 1..=20).await;
    watcher.told(20).await;

    app.kill();
    watcher.state("waiting", 1).await;
    app.start_again().await;
    create(&alice, 21..=400).await;
    watcher.told(400).await;
    assert_eq!(watcher.lines("reload"), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_event_source_sees_each_change_once_across_kills() {
    sees_each_change_once_across_kills("watch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_websocket_sees_each_change_once_across_kills() {
    sees_each_change_once_across_kills("watchBySocket").await;
}

async fn is_told_to_reload_when_it_was_away_for_too_long(way: &str) {
    let mut app = App::start().await;
    let alice = app.user("alice");
    let watcher = Watcher::start(way, &app, &alice);
    watcher.state("live", 1).await;
    create(&alice, 1..=2).await;
    watcher.told(2).await;
    app.kill();
    watcher.state("waiting", 1).await;
    let log = app.database("live-updates", "updates");
    // As if a thousand more had come and gone.
    log.change("UPDATE heads SET number = 1000; DELETE FROM updates;");
    drop(log);
    app.start_again().await;
    eventually("it is told to load everything again", async || {
        (watcher.lines("reload") == [json!({ "reload": 1000 })]).then_some(())
    })
    .await;
    let task = json!({ "title": "after" });
    alice.post("/api/tasks", &task).await.expect(201);
    eventually("it goes on from there", async || {
        let last = watcher.lines("update").pop()?;
        (last == json!({ "update": 1001, "title": "after" })).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_event_source_is_told_to_reload_when_it_was_away_for_too_long() {
    is_told_to_reload_when_it_was_away_for_too_long("watch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_websocket_is_told_to_reload_when_it_was_away_for_too_long() {
    is_told_to_reload_when_it_was_away_for_too_long("watchBySocket").await;
}
