//! Users at work while a backup is taken, and what has to be there after its restore.

use crate::harness::{App, Client, duebell, eventually, ran};
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::task::JoinHandle;

const USERS: [&str; 3] = ["alice", "bob", "carol"];

/// Users who create tasks, one after the other, and change each.
pub(crate) struct Work {
    /// What each was told is there: user and title.
    made: Arc<Mutex<Vec<(usize, String)>>>,
    stop: Arc<AtomicBool>,
    workers: Vec<JoinHandle<()>>,
    /// What was there before the backup.
    before: Vec<(usize, String)>,
    /// Where each user's updates were in the end.
    positions: Vec<i64>,
}

impl Work {
    pub(crate) async fn begin(app: &App) -> Self {
        let (made, stop) = (Arc::default(), Arc::default());
        let users = USERS.map(|user| app.user(user));
        let workers = users.into_iter().enumerate();
        let workers = workers
            .map(|(at, user)| tokio::spawn(work(at, user, Arc::clone(&made), Arc::clone(&stop))));
        Self {
            workers: workers.collect(),
            made,
            stop,
            before: Vec::new(),
            positions: Vec::new(),
        }
    }

    /// Waits until so many more are made.
    pub(crate) async fn has_made(&self, more: usize) {
        let wanted = self.made.lock().unwrap().len() + more;
        eventually("tasks are made", async || {
            (self.made.lock().unwrap().len() >= wanted).then_some(())
        })
        .await;
    }

    /// What is made by now must be in a backup that begins now.
    pub(crate) fn note(&mut self) {
        self.before = self.made.lock().unwrap().clone();
    }

    /// Stops, and notes where everybody's updates are.
    pub(crate) async fn end(&mut self, app: &App) {
        self.stop.store(true, Ordering::Relaxed);
        for worker in self.workers.drain(..) {
            worker.await.unwrap();
        }
        for user in USERS {
            let client = app.user(user).at(app.updates_origin());
            let client = client.with("accept", "application/json");
            let page = client.get("/api/updates").await.expect(200);
            self.positions.push(page.json["position"].as_i64().unwrap());
        }
    }

    /// Holds the restored app to it: what was there is there, the audit, the search index
    /// and the tasks say the same, all goes on, and whoever watched is told to load it all.
    pub(crate) async fn must_be_there(&self, app: &App) {
        for (at, name) in USERS.iter().enumerate() {
            let user = app.user(name);
            let tasks = titles(&user, "/api/tasks?limit=200").await;
            let before = self.before.iter().filter(|(of, _)| *of == at);
            for (_, title) in before {
                assert!(tasks.contains(title), "{name} has lost {title}");
            }
            let created = user
                .post(
                    "/api/tasks",
                    &json!({ "title": format!("after of {name}") }),
                )
                .await
                .expect(201);
            let count = tasks.len() + 1;
            eventually("what is found is what there is", async || {
                let found = titles(&user, "/api/search?q=of&limit=200").await;
                (found.len() == count).then_some(())
            })
            .await;
            audited(app, &user, count, created.json["id"].as_i64().unwrap()).await;

            let watcher = user.at(app.updates_origin());
            let watcher = watcher.with("accept", "application/json");
            let since = format!("/api/updates?since={}", self.positions[at]);
            let gone = watcher.get(&since).await.expect(410);
            assert_eq!(gone.json["type"], "https://duebell.dev/problems/gone");
        }
    }
}

async fn work(
    at: usize,
    user: Client,
    made: Arc<Mutex<Vec<(usize, String)>>>,
    stop: Arc<AtomicBool>,
) {
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let title = format!("task {number} of {}", USERS[at]);
        let task = user.post("/api/tasks", &json!({ "title": title })).await;
        let task = task.expect(201).json;
        let path = format!("/api/tasks/{}", task["id"]);
        user.patch(&path, &json!({ "priority": "high" }))
            .await
            .expect(200);
        made.lock().unwrap().push((at, title));
    }
}

async fn titles(user: &Client, path: &str) -> BTreeSet<String> {
    let items = user.items(path).await.into_iter();
    items
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

/// Waits until each task's creation is audited, once, and has the export verified.
async fn audited(app: &App, user: &Client, tasks: usize, last: i64) {
    let export = eventually("all is audited", async || {
        let export = user.get("/api/audit/export").await.expect(200).text;
        let created = export
            .lines()
            .filter(|line| line.contains("\"event_type\":\"task.created\""));
        let created: Vec<&str> = created.collect();
        let heard = created.iter().any(|line| line.contains(&last.to_string()));
        assert!(created.len() <= tasks, "more creations than tasks");
        (heard && created.len() == tasks).then_some(export)
    })
    .await;
    let file = app.state().join("export.ndjson");
    std::fs::write(&file, export).unwrap();
    let (verified, said) = ran(duebell().args(["audit", "verify"]).arg(&file));
    assert!(verified, "{said}");
}
