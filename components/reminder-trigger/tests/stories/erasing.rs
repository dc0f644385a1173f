//! A user is erased.

use crate::harness::{TOKEN, World, cancelled, scheduled, start};
use chrono::TimeDelta;
use duebell_fakes::files_with;
use serde_json::{Value, json};

fn later() -> chrono::DateTime<chrono::Utc> {
    start() + TimeDelta::hours(2)
}

fn of(user: &str, mut event: Value) -> Value {
    event["user_id"] = json!(user);
    let number: u64 = user.bytes().map(u64::from).sum();
    event["correlation_id"] = json!(format!("{number}/{}", event["correlation_id"]));
    event
}

/// Alice and bob have one reminder armed, one rung and one cancelled.
fn busy() -> World {
    let world = World::new();
    for user in ["alice", "bob"] {
        world.hear(&of(user, scheduled(1, later())));
        world.hear(&of(user, scheduled(2, start())));
        world.hear(&of(user, scheduled(3, later())));
        world.hear(&of(user, cancelled(3, later())));
    }
    world
}

#[test]
fn nothing_of_an_erased_user_is_left_and_the_scheduler_forgets_their_jobs() {
    let world = busy();
    assert_eq!(world.jobs().len(), 2);
    assert!(!files_with(world.folder.path(), "alice").is_empty());
    assert_eq!(world.erase("alice"), (true, Value::Null));
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
    let jobs = world.sidecar.jobs.borrow().clone();
    let owners: Vec<&Value> = jobs.values().map(|job| &job["data"]["user_id"]).collect();
    assert_eq!(owners, ["bob"]);
    assert_eq!(world.erase("alice"), (true, Value::Null));
}

#[test]
fn as_long_as_the_scheduler_has_jobs_it_is_not_done() {
    let world = busy();
    world.sidecar.is_away.set(true);
    let (is_done, waiting_for) = world.erase("alice");
    assert!(!is_done);
    assert_eq!(waiting_for, "the scheduler has still jobs to remove");
    // They do not ring meanwhile.
    world.advance(TimeDelta::hours(3));
    world.sidecar.is_away.set(false);
    assert_eq!(world.erase("alice"), (true, Value::Null));
    world.sweep();
    let published = world.sidecar.published.borrow();
    let late = published.iter().filter(|event| event["reminder_id"] == 1);
    let owners: Vec<&Value> = late.map(|event| &event["user_id"]).collect();
    assert_eq!(owners, ["bob"]);
}

#[test]
fn what_comes_late_arms_nothing_and_rings_nothing() {
    let world = busy();
    assert_eq!(world.erase("alice"), (true, Value::Null));
    let (jobs, rang) = (world.jobs(), world.rang().len());
    world.hear(&of("alice", scheduled(4, later())));
    world.hear(&of("alice", scheduled(5, start())));
    world.hear(&of("alice", cancelled(1, later())));
    assert_eq!((world.jobs(), world.rang().len()), (jobs, rang));
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
}

#[test]
fn only_task_api_orders_it() {
    let world = busy();
    let order = json!({ "erasure_id": "1", "user_id": "alice" }).to_string();
    let path = "/internal/reminder-trigger/erasures";
    assert_eq!(world.raw(path, order.clone(), None).0, 401);
    assert_eq!(world.raw(path, "{}".to_owned(), Some(TOKEN)).0, 422);
    assert_eq!(world.jobs().len(), 2);
}
