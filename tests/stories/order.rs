//! Every event once, in each user's order, whatever is away in between.

use crate::{
    audit::whole_audit,
    harness::{App, Client, eventually, setting},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

const USERS: usize = 20;
const CLIENTS: usize = 8;

/// How many changes each user makes.
const CHANGES: usize = 100;

/// How many tasks each user makes them to.
const TASKS: usize = 4;

/// How long consumers are away: this story's fault is that time passes. A real sidecar
/// goes on delivering to them, and loses what it should not; the embedded one waits.
fn away() -> Duration {
    Duration::from_secs(if setting().real_sidecar { 30 } else { 3 })
}

/// The consumers of what task-api publishes: component and database.
const CONSUMERS: [(&str, &str); 5] = [
    ("audit-sink", "audit"),
    ("notifier", "notifications"),
    ("reminder-trigger", "reminders"),
    ("recurrence", "recurrence"),
    ("search-indexer", "search"),
];

/// What all clients share.
struct Work {
    users: Vec<(Client, Vec<i64>)>,
    next: AtomicUsize,
    done: watch::Sender<usize>,
}

#[tokio::test(flavor = "multi_thread")]
async fn each_users_events_arrive_once_and_in_order_whatever_is_away() {
    let mut app = App::start().await;
    let mut users = Vec::new();
    for number in 0..USERS {
        let user = app.user(&format!("user-{number}"));
        let mut tasks = Vec::new();
        for _ in 0..TASKS {
            let task =
                json!({ "title": "new", "reminders": [{ "remind_at": "2031-01-01T00:00:00Z" }] });
            let task = user.post("/api/tasks", &task).await.expect(201);
            tasks.push(task.json["id"].as_i64().unwrap());
        }
        users.push((user, tasks));
    }
    let (done, mut counted) = watch::channel(0);
    let work = Arc::new(Work {
        users,
        next: AtomicUsize::new(0),
        done,
    });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| tokio::spawn(change(Arc::clone(&work))))
        .collect();

    let all = USERS * CHANGES;
    counted.wait_for(|count| *count >= all / 4).await.unwrap();
    app.kill_sidecars();
    counted.borrow_and_update();
    app.start_sidecars_again().await;
    counted.wait_for(|count| *count >= all / 2).await.unwrap();
    app.kill_consumers();
    tokio::time::sleep(away()).await;
    app.start_consumers_again().await;
    for client in clients {
        client.await.unwrap();
    }

    for (number, (user, tasks)) in work.users.iter().enumerate() {
        let name = format!("user-{number}");
        let heads = heads(&app, &name);
        let events = eventually("the whole audit", async || {
            let events: Vec<Value> = whole_audit(user).await;
            let wanted: i64 = heads.values().sum();
            (events.len() as i64 >= wanted).then_some(events)
        })
        .await;
        for (topic, head) in &heads {
            let sequences: Vec<i64> = events
                .iter()
                .filter(|item| item["topic"] == topic.as_str())
                .map(|item| item["sequence"].as_i64().unwrap())
                .collect();
            let wanted: Vec<i64> = (1..=*head).collect();
            assert_eq!(sequences, wanted, "{topic} of {name}");
        }
        for task in tasks {
            let now = user.get(&format!("/api/tasks/{task}")).await.expect(200);
            let last = events
                .iter()
                .rfind(|item| item["topic"] == "task-events" && item["event"]["task_id"] == *task)
                .unwrap();
            assert_eq!(last["event"]["task_data"]["title"], now.json["title"]);
        }
        for (component, label) in CONSUMERS {
            has_all(&app, component, label, &name, &heads).await;
        }
    }
    assert_eq!(app.dead_letters(), 0, "nothing healthy is a dead letter");
}

/// Changes one user's task after the other, until all is done. What got no answer is
/// sent again: it is the same change.
async fn change(work: Arc<Work>) {
    loop {
        let number = work.next.fetch_add(1, Ordering::SeqCst);
        if number >= USERS * CHANGES {
            return;
        }
        let (user, tasks) = &work.users[number % USERS];
        let path = format!("/api/tasks/{}", tasks[number / USERS % TASKS]);
        let body = json!({ "title": format!("change {number}") });
        eventually("the change is answered", async || {
            let answer = user.try_patch(&path, &body).await?;
            (answer.status == 200).then_some(())
        })
        .await;
        work.done.send_modify(|count| *count += 1);
    }
}

/// How many events task-api has for a user, of each topic that services take.
fn heads(app: &App, user: &str) -> BTreeMap<String, i64> {
    let database = app.database("task-api", "tasks");
    let heads = database.rows(&format!(
        "SELECT topic, sequence FROM outbox_heads
         WHERE user_id = '{user}' AND topic <> 'task-updates'"
    ));
    heads.iter().map(|row| topic_and_number(row)).collect()
}

/// Waits until a consumer has come to the head of each topic that it takes, with no gap
/// left.
async fn has_all(
    app: &App,
    component: &str,
    label: &str,
    user: &str,
    heads: &BTreeMap<String, i64>,
) {
    let database = app.database(component, label);
    eventually(&format!("{component} has all of {user}"), async || {
        let positions = database.rows(&format!(
            "SELECT topic, sequence FROM inbox_positions
             WHERE user_id = '{user}' AND source = '/duebell/task-api'"
        ));
        let positions: BTreeMap<String, i64> =
            positions.iter().map(|row| topic_and_number(row)).collect();
        let gaps = format!("SELECT count(*) FROM inbox_gaps WHERE user_id = '{user}'");
        let gaps = database.number(&gaps);
        let reached = positions
            .iter()
            .all(|(topic, at)| heads.get(topic) == Some(at));
        (reached && gaps == 0 && !positions.is_empty()).then_some(())
    })
    .await;
}

fn topic_and_number(row: &[String]) -> (String, i64) {
    (row[0].clone(), row[1].parse().unwrap())
}
