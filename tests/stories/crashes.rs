//! What is left after `kill -9`.

use crate::{
    audit::whole_audit,
    harness::{App, Client, eventually},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// How many are at work when the power goes.
const CLIENTS: usize = 8;

/// How many tasks have to be there before it does.
const BEFORE: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_was_answered_survives_and_each_has_its_event_once() {
    let mut app = App::start().await;
    let alice = app.user("alice");
    let mut answered: BTreeSet<i64> = BTreeSet::new();

    for round in 0..5 {
        let stop = Arc::new(AtomicBool::new(false));
        let (count, mut counted) = tokio::sync::watch::channel(0);
        let count = Arc::new(count);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (alice, stop, count) = (alice.clone(), Arc::clone(&stop), Arc::clone(&count));
                tokio::spawn(create_until(
                    alice,
                    stop,
                    count,
                    format!("{round}/{client}"),
                ))
            })
            .collect();
        counted.wait_for(|count| *count >= BEFORE).await.unwrap();
        app.kill();
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            answered.extend(client.await.unwrap());
        }
        app.start_again().await;
    }

    let tasks = all_tasks(&alice).await;
    let lost: Vec<_> = answered.difference(&tasks).collect();
    assert!(lost.is_empty(), "answered with 201 and gone: {lost:?}");

    let audited = eventually("every task's event in the audit", async || {
        let mut audited: BTreeMap<i64, usize> = BTreeMap::new();
        for item in whole_audit(&alice).await {
            assert_eq!(item["event"]["event_type"], "task.created");
            *audited
                .entry(item["event"]["task_id"].as_i64().unwrap())
                .or_default() += 1;
        }
        (audited.len() >= tasks.len()).then_some(audited)
    })
    .await;
    assert!(
        audited.values().all(|times| *times == 1),
        "each once: {audited:?}"
    );
    assert_eq!(audited.keys().copied().collect::<BTreeSet<_>>(), tasks);
}

async fn create_until(
    alice: Client,
    stop: Arc<AtomicBool>,
    count: Arc<tokio::sync::watch::Sender<usize>>,
    name: String,
) -> Vec<i64> {
    let mut answered = Vec::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let body = json!({ "title": format!("{name}/{number}") });
        let Some(answer) = alice.try_post("/api/tasks", &body).await else {
            break;
        };
        if answer.status == 201 {
            answered.push(answer.json["id"].as_i64().unwrap());
            count.send_modify(|count| *count += 1);
        }
    }
    answered
}

async fn all_tasks(user: &Client) -> BTreeSet<i64> {
    let mut ids = BTreeSet::new();
    for item in user.items("/api/tasks?limit=200").await {
        assert!(
            ids.insert(item["id"].as_i64().unwrap()),
            "listed twice: {item}"
        );
    }
    ids
}
