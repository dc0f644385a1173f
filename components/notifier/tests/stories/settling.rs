//! What needs no attention any more, and what never did.

use crate::harness::{World, reminder, task};
use chrono::TimeDelta;
use duebell_fakes::wrapped_by_dapr;
use serde_json::{Value, json};

#[test]
fn completing_or_deleting_a_task_settles_its_notifications() {
    for what in ["completed", "deleted"] {
        let world = World::new();
        world.ring(&reminder("due", 1));
        let mut other = reminder("due", 2);
        other["task_id"] = json!(124);
        world.ring(&other);
        world.advance(TimeDelta::minutes(1));
        world.task(&task(what, what == "completed"));
        let items = world.items();
        assert_eq!(items[0]["settled_at"], Value::Null, "the other task's");
        assert_eq!(items[1]["settled_at"], "2026-01-15T12:01:00.000Z");
        assert_eq!(world.unread(), 1);
    }
}

#[test]
fn a_reminder_that_was_cancelled_is_not_shown_however_late_it_rings() {
    let world = World::new();
    world.remind(&reminder("cancelled", 789));
    world.ring(&reminder("due", 789));
    assert_eq!(world.items(), [json!(null); 0]);
    assert_eq!(*world.sidecar.published.borrow(), [json!(null); 0]);
}

#[test]
fn cancelling_what_rang_settles_it() {
    let world = World::new();
    world.ring(&reminder("due", 789));
    world.remind(&reminder("cancelled", 789));
    assert_eq!(world.items().len(), 1);
    assert_eq!(world.unread(), 0);
}

#[test]
fn what_rings_for_a_closed_task_is_listed_and_disturbs_nobody() {
    let world = World::new();
    world.task(&task("completed", true));
    world.ring(&reminder("due", 789));
    assert_eq!(world.items()[0]["settled_at"], "2026-01-15T12:00:00.000Z");
    assert_eq!(world.unread(), 0);
    assert_eq!(*world.sidecar.published.borrow(), [json!(null); 0]);
}

#[test]
fn what_rings_for_a_reopened_task_is_shown() {
    let world = World::new();
    let completed = world.task(&task("completed", true));
    world.task(&task("updated", false));
    // An old one that comes late, as from the dead letters, closes nothing.
    let mut late = completed;
    late["data"]["correlation_id"] = json!("by another way");
    late["id"] = json!("by another way");
    world.hear("task-events", &late);
    world.ring(&reminder("due", 789));
    assert_eq!(world.unread(), 1);
}

#[test]
fn the_order_in_one_delivery_counts() {
    let world = World::new();
    let events = [
        reminder("due", 1),
        reminder("cancelled", 1),
        reminder("due", 2),
        reminder("cancelled", 3),
        reminder("due", 3),
    ];
    let events: Vec<Value> = events.iter().map(wrapped_by_dapr).collect();
    world.bulk("reminder-events", &events);
    let shown: Vec<_> = world
        .items()
        .iter()
        .map(|item| (item["reminder_id"].clone(), item["settled_at"].is_null()))
        .collect();
    assert_eq!(shown.len(), 2);
    assert!(
        shown.contains(&(json!(1), false)),
        "it rang, and was settled"
    );
    assert!(shown.contains(&(json!(2), true)));
    assert_eq!(world.unread(), 1);
}

#[test]
fn an_ordinary_change_of_a_task_settles_nothing() {
    let world = World::new();
    world.ring(&reminder("due", 789));
    world.task(&task("updated", false));
    assert_eq!(world.unread(), 1);
}
