//! What one create costs, all that follows of it included: counted, not timed, so that it
//! is the same on any machine. A change that costs more has to say so here.

use super::exposition::Metrics;
use crate::harness::{App, Client, Options, eventually};
use serde_json::json;

/// How many tasks are made, one after the other.
const TASKS: usize = 40;

/// By how much a figure may be more than what is written down here: sweeps come in
/// between, more of them where the machine is slow.
const TOLERANCE: f64 = 1.25;

/// Statements of all databases.
const STATEMENTS: f64 = 90.0;

/// Transactions that wait for the disk.
const COMMITS: f64 = 7.5;

/// What the components compute, in wasmtime's units of fuel.
const FUEL: f64 = 3_100_000.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_create_costs_no_more_than_is_written_down() {
    let app = App::start_with(Options {
        embedded: true,
        metrics: true,
        arguments: vec!["--count-fuel".to_owned()],
        ..Options::default()
    })
    .await;
    let ann = app.user("ann");
    let host = Client::new(app.metrics_origin());
    let mut there = 0;
    // The first ones make what is made once.
    create(&app, &ann, 10, &mut there).await;
    let before = costs(&host).await;
    create(&app, &ann, TASKS, &mut there).await;
    let after = costs(&host).await;
    for (what, written, place) in [
        ("statements", STATEMENTS, 0),
        ("commits", COMMITS, 1),
        ("fuel", FUEL, 2),
    ] {
        let each = (after[place] - before[place]) / TASKS as f64;
        println!("{what} for a create: {each:.1}, written down: {written:.1}");
        assert!(
            each <= written * TOLERANCE,
            "a create takes {each:.1} {what}, and {written:.1} are written down"
        );
        assert!(
            each * 2.0 >= written,
            "a create takes only {each:.1} {what}: write that down instead of {written:.1}"
        );
    }
}

/// Makes tasks; each only when everybody has done with the one before.
async fn create(app: &App, user: &Client, tasks: usize, there: &mut usize) {
    for _ in 0..tasks {
        *there += 1;
        let task = json!({
            "title": format!("Task {there}"), "description": "Milk, bread, eggs",
            "priority": "high", "due_date": "2031-01-15T14:00:00Z", "tags": ["shopping"],
        });
        user.post("/api/tasks", &task).await.expect(201);
        // Looked at from beside, which costs the app nothing.
        let handled = async || {
            let each = ["audit.db", "search.db", "updates.db"].map(|file| handled(app, file));
            each.iter().all(|count| count == there).then_some(())
        };
        eventually("everybody has handled it", handled).await;
    }
}

/// How many events the component with this database has handled.
fn handled(app: &App, file: &str) -> usize {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(app.state().join(file), flags).unwrap();
    let handled = "SELECT count(*) FROM inbox WHERE state = 'done' AND key LIKE 'task-%'";
    let count: Result<i64, _> = database.query_row(handled, [], |row| row.get(0));
    // Before its first event it has no tables.
    count.map_or(0, |count| usize::try_from(count).unwrap())
}

async fn costs(host: &Client) -> [f64; 3] {
    let metrics = Metrics::read(&host.get("/metrics").await.text);
    [
        metrics.sum("duebell_sqlite_statements_total", &[]),
        metrics.sum("duebell_sqlite_commits_total", &[]),
        metrics.sum("duebell_guest_fuel_total", &[]),
    ]
}
