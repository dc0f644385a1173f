//! How much slower it is with more tasks, and with more users.

use crate::{
    app::{App, Connection, get, send},
    latency::quantile,
};
use anyhow::{Context, ensure};
use serde::Serialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// How many tasks there are, of one user.
const TASKS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// How many users there are, each with [`EACH`] tasks.
const USERS: [usize; 5] = [1, 10, 100, 1_000, 10_000];

/// How many tasks each of many users has.
const EACH: usize = 100;

/// How often each is done, one after the other.
const TIMES: usize = 400;

/// What it is like with that many.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Point {
    pub(crate) users: usize,
    pub(crate) tasks: usize,
    pub(crate) create_p50_ms: f64,
    pub(crate) create_p99_ms: f64,
    pub(crate) change_p50_ms: f64,
    pub(crate) change_p99_ms: f64,
    pub(crate) list_p50_ms: f64,
    pub(crate) list_p99_ms: f64,
    /// The same list by due date, the latest first.
    pub(crate) sorted_p99_ms: f64,
}

/// Both curves.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) tasks: Vec<Point>,
    pub(crate) users: Vec<Point>,
}

/// Fills the database of a running app up to each size, and measures there.
pub(crate) async fn measure(duebell: &std::path::Path) -> anyhow::Result<Run> {
    let mut run = Run {
        tasks: Vec::new(),
        users: Vec::new(),
    };
    let app = App::start(duebell).await?;
    let mut there = 0;
    for tasks in TASKS {
        fill(&app, there, tasks, 1)?;
        there = tasks;
        run.tasks.push(point(&app, 1, tasks).await?);
    }
    drop(app);
    let app = App::start(duebell).await?;
    let mut there = 0;
    for users in USERS {
        fill(&app, there, users * EACH, users)?;
        there = users * EACH;
        run.users.push(point(&app, users, users * EACH).await?);
    }
    Ok(run)
}

/// Puts tasks where task-api keeps them, as if they had been there for long: their events
/// are published and gone.
fn fill(app: &App, from: usize, to: usize, users: usize) -> anyhow::Result<()> {
    let database = app.database("tasks.db")?;
    // Later tasks are spread over all users that there are by then.
    database.execute(
        "WITH RECURSIVE numbers (number) AS (VALUES (?1) UNION ALL SELECT number + 1 FROM numbers WHERE number + 1 < ?2)
         INSERT INTO tasks (id, user_id, title, description, completed, priority, due_at, tags,
             time_zone, created_at, updated_at, version)
         SELECT number + 1, 'user-' || (number % ?3), 'Task ' || number, 'Milk, bread, eggs', 0, number % 4,
             1900000000000 + (number * 7919) % 1000003 * 1000, '[\"shopping\",\"personal\"]',
             'UTC', 1700000000000 + number, 1700000000000 + (number * 31) % 1000003, 1
         FROM numbers",
        (i64::try_from(from)?, i64::try_from(to)?, i64::try_from(users)?),
    )?;
    Ok(())
}

async fn point(app: &App, users: usize, tasks: usize) -> anyhow::Result<Point> {
    let names = users.min(TIMES);
    let tokens = (0..names)
        .map(|name| app.token(&format!("user-{}", name * (users / names))))
        .collect::<anyhow::Result<Vec<String>>>()?;
    let mut connection = app.connect().await?;
    let list = "/api/tasks?limit=20";
    let sorted = "/api/tasks?limit=20&sort=-due_date";
    // What filling left in the write-ahead log is read once, and the caches are warm.
    for token in tokens.iter().cycle().take(TIMES / 4) {
        read(&mut connection, list, token).await?;
        read(&mut connection, sorted, token).await?;
    }
    let mut lists = Vec::with_capacity(TIMES);
    let mut sorteds = Vec::with_capacity(TIMES);
    let mut creates = Vec::with_capacity(TIMES);
    let mut changes = Vec::with_capacity(TIMES);
    for (number, token) in tokens.iter().cycle().take(TIMES).enumerate() {
        lists.push(read(&mut connection, list, token).await?);
        sorteds.push(read(&mut connection, sorted, token).await?);
        let task = json!({
            "title": format!("New {number}"), "priority": "high",
            "due_date": "2031-01-15T14:00:00Z", "tags": ["shopping"],
        });
        let start = Instant::now();
        let made = send(&mut connection, "/api/tasks", token, &task).await?;
        creates.push(start.elapsed());
        let id = made
            .get("id")
            .and_then(serde_json::Value::as_i64)
            .context("no id")?;
        let start = Instant::now();
        let path = format!("/api/tasks/{id}");
        crate::app::patch(
            &mut connection,
            &path,
            token,
            &json!({ "title": "Changed" }),
        )
        .await?;
        changes.push(start.elapsed());
    }
    let figures = |mut latencies: Vec<Duration>| {
        latencies.sort_unstable();
        (quantile(&latencies, 50), quantile(&latencies, 99))
    };
    let (create_p50_ms, create_p99_ms) = figures(creates);
    let (change_p50_ms, change_p99_ms) = figures(changes);
    let (list_p50_ms, list_p99_ms) = figures(lists);
    let (_, sorted_p99_ms) = figures(sorteds);
    Ok(Point {
        users,
        tasks,
        create_p50_ms,
        create_p99_ms,
        change_p50_ms,
        change_p99_ms,
        list_p50_ms,
        list_p99_ms,
        sorted_p99_ms,
    })
}

async fn read(connection: &mut Connection, path: &str, token: &str) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let (status, _) = get(connection, path, token).await?;
    ensure!(status == 200, "{path}: {status}");
    Ok(start.elapsed())
}
