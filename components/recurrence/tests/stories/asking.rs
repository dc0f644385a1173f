//! What task-api is asked for, and how often.

use crate::harness::{World, event};
use chrono::TimeDelta;
use serde_json::{Value, json};

const PATH: &str = "/internal/task-api/tasks/7/next-occurrence";

#[test]
fn a_completion_of_what_comes_again_is_asked_for_once() {
    let world = World::new();
    let envelope = world.envelope(&event("task.completed", 7, 1, true));
    for outcome in ["done", "already_processed"] {
        assert_eq!(world.deliver(&envelope), (200, outcome.to_owned()));
    }
    world.settle();
    world.sweep();
    assert_eq!(world.asked(), [PATH]);
}

#[test]
fn nothing_else_is_asked_for() {
    let world = World::new();
    for what in ["task.created", "task.updated", "task.deleted"] {
        world.hear(&event(what, 7, 1, true));
    }
    world.hear(&event("task.completed", 8, 1, false));
    world.sweep();
    assert_eq!(world.asked(), [""; 0]);
}

#[test]
fn the_trace_of_the_completion_goes_on() {
    let world = World::new();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut envelope = world.envelope(&event("task.completed", 7, 1, true));
    envelope["traceparent"] = json!(trace);
    world.deliver(&envelope);
    world.settle();
    let asked = world.task_api.asked.borrow();
    let ours = asked[0].1.as_deref().unwrap();
    assert_eq!(ours.len(), trace.len());
    assert_eq!(ours[..35], trace[..35]);
    assert_ne!(ours, trace, "a place of our own in it");
}

#[test]
fn what_a_kill_left_is_asked_for_by_the_sweep() {
    let world = World::new();
    let envelope = world.envelope(&event("task.completed", 7, 1, true));
    world.deliver(&envelope);
    let world = world.killed();
    world.settle();
    assert_eq!(world.asked(), [""; 0]);
    world.sweep();
    assert_eq!(world.asked(), [PATH]);
}

#[test]
fn a_task_api_that_is_away_or_ill_is_asked_again_later_and_later() {
    for status in [None, Some(500), Some(503), Some(401)] {
        let world = World::new();
        world.task_api.status.set(status);
        world.hear(&event("task.completed", 7, 1, true));
        world.sweep();
        assert_eq!(world.asked().len(), 1, "not at once again");
        for (pause, times) in [(2, 2), (2, 2), (2, 3), (4, 3), (4, 4)] {
            world.advance(TimeDelta::seconds(pause));
            world.sweep();
            assert_eq!(world.asked().len(), times, "{status:?}");
        }
        // However long it was away, ten minutes are the longest pause.
        for _ in 0..40 {
            world.advance(TimeDelta::minutes(10));
            world.sweep();
        }
        assert_eq!(world.asked().len(), 44);
        world.task_api.status.set(Some(200));
        for _ in 0..2 {
            world.advance(TimeDelta::minutes(10));
            world.sweep();
        }
        assert_eq!(world.asked().len(), 45, "it is settled");
    }
}

#[test]
fn a_clock_that_is_set_back_does_not_put_it_off() {
    let world = World::new();
    world.task_api.status.set(None);
    world.hear(&event("task.completed", 7, 1, true));
    world.advance(-TimeDelta::hours(1));
    world.task_api.status.set(Some(200));
    world.sweep();
    assert_eq!(world.asked().len(), 2);
}

#[test]
fn of_a_task_that_task_api_does_not_know_nothing_comes() {
    let world = World::new();
    world.task_api.status.set(Some(404));
    world.hear(&event("task.completed", 7, 1, true));
    world.advance(TimeDelta::hours(1));
    world.sweep();
    assert_eq!(world.asked(), [PATH]);
}

#[test]
fn many_at_once_are_each_asked_for() {
    let world = World::new();
    let events: Vec<Value> = (1..=100)
        .map(|task| world.envelope(&event("task.completed", task, 1, true)))
        .collect();
    for envelope in &events {
        world.deliver(envelope);
    }
    world.settle();
    let mut asked = world.asked();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 100);
    assert_eq!(world.asked().len(), 100);
}

#[test]
fn completed_again_it_is_asked_for_again() {
    let world = World::new();
    world.hear(&event("task.completed", 7, 1, true));
    world.hear(&event("task.completed", 7, 2, true));
    assert_eq!(world.asked(), [PATH, PATH]);
}

#[test]
fn who_shows_no_token_is_refused() {
    let world = World::new();
    let envelope = world.envelope(&event("task.completed", 7, 1, true));
    for token in [None, Some(""), Some("guessed")] {
        for path in ["/events/recurrence/task-events", "/sweep-recurrence"] {
            assert_eq!(world.post(path, &envelope, token).0, 401, "{path}");
        }
    }
    world.settle();
    assert_eq!(world.asked(), [""; 0]);
}
