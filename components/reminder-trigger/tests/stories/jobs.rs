//! The scheduler: what it is told, what it forgets, and what it may not bring.

use crate::harness::{World, cancelled, scheduled, start};
use chrono::TimeDelta;
use serde_json::{Value, json};

fn later() -> chrono::DateTime<chrono::Utc> {
    start() + TimeDelta::hours(2)
}

#[test]
fn a_reminder_has_one_job_by_a_name_of_its_own() {
    let world = World::new();
    world.hear(&scheduled(789, later()));
    let jobs = world.sidecar.jobs.borrow().clone();
    let (name, job) = jobs.iter().next().unwrap();
    assert!(name.starts_with("reminder-789-"), "{name}");
    assert_eq!(job["dueTime"], "2026-01-15T14:00:00Z");
    assert_eq!(job["overwrite"], true);
    assert_eq!(
        job["data"],
        json!({ "user_id": "alice", "reminder_id": 789 })
    );
}

#[test]
fn a_job_that_the_scheduler_forgot_is_set_again_before_its_time() {
    let world = World::new();
    world.hear(&scheduled(1, later()));
    world.sidecar.jobs.borrow_mut().clear();
    world.advance(TimeDelta::minutes(100));
    world.sweep();
    assert_eq!(world.jobs(), [""; 0], "it is far off");
    world.advance(TimeDelta::seconds(19 * 60 + 30));
    world.sweep();
    assert_eq!(world.jobs().len(), 1, "its time is near");
}

#[test]
fn a_job_that_is_there_is_looked_after_once() {
    let world = World::new();
    world.hear(&scheduled(1, later()));
    world.advance(TimeDelta::seconds(2 * 3600 - 30));
    world.sweep();
    let asked = world.sidecar.asked_about_jobs.get();
    world.sweep();
    world.sweep();
    assert_eq!(world.sidecar.asked_about_jobs.get(), asked);
}

#[test]
fn what_a_killed_instance_had_claimed_is_claimed_again() {
    let world = World::new();
    let event = world.by_task_api(&scheduled(1, later()));
    assert_eq!(world.deliver(&event).0, 200);
    let world = world.killed();
    assert_eq!(world.jobs(), [""; 0]);
    world.sweep();
    assert_eq!(world.jobs().len(), 1);
}

#[test]
fn cancelling_what_the_scheduler_never_heard_of_asks_it_nothing_in_vain() {
    let world = World::new();
    world.hear(&cancelled(1, later()));
    assert_eq!(world.sidecar.asked_about_jobs.get(), 0);
}

#[test]
fn a_call_without_the_token_is_refused() {
    let world = World::new();
    world.hear(&scheduled(1, later()));
    world.advance(TimeDelta::hours(3));
    let name = world.jobs()[0].clone();
    let data = world.sidecar.jobs.borrow()[&name]["data"].to_string();
    for token in [None, Some(""), Some("guessed")] {
        for path in [
            &format!("/job/{name}"),
            "/sweep-reminder-trigger",
            "/events/reminder-trigger/reminder-events",
        ] {
            assert_eq!(world.raw(path, data.clone(), token).0, 401, "{path}");
        }
    }
    world.settle();
    assert_eq!(world.rang(), [0; 0]);
    assert_eq!(world.fire(&name).0, 200);
}

#[test]
fn a_call_for_nothing_that_we_know_changes_nothing() {
    let world = World::new();
    world.hear(&scheduled(1, start() + TimeDelta::seconds(1)));
    for (body, status) in [
        (json!({ "user_id": "alice", "reminder_id": 2 }), 404),
        (json!({ "user_id": "bob", "reminder_id": 1 }), 404),
        (json!({ "user_id": "alice" }), 422),
        (json!({ "user_id": "alice", "reminder_id": "1" }), 422),
        (json!([1]), 422),
        (Value::Null, 422),
    ] {
        assert_eq!(world.post("/job/any", &body).0, status, "{body}");
    }
    for (body, status) in [("", 400), ("{", 400), ("ring!", 400)] {
        let answer = world.raw("/job/any", body.to_owned(), Some(crate::harness::TOKEN));
        assert_eq!(answer.0, status, "{body}");
    }
    world.settle();
    assert_eq!(world.rang(), [0; 0]);
}
