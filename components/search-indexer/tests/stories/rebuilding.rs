//! Building the index anew from the audit, while it goes on serving.

use crate::harness::{World, created, task};
use chrono::TimeDelta;
use duebell_service::Clock;
use serde_json::{Value, json};

/// A world whose audit knows five tasks of which the index has never heard.
fn lost() -> World {
    let world = World::new();
    for number in 1..=5 {
        let envelope = world.next(&created(number, &format!("Milk {number}")));
        world.audit.keep(&envelope);
    }
    world
}

#[test]
fn an_index_that_lost_everything_has_it_again() {
    let world = lost();
    let mut bobs = created(1, "Milk of Bob's");
    bobs["user_id"] = json!("bob smith/%");
    world.audit.keep(&world.next(&bobs));
    assert_eq!(world.progress()["state"], "never");
    assert_eq!(world.rebuild()["state"], "running");
    assert_eq!(world.found("milk"), [0; 0], "it answers at once");
    world.background.settle();
    assert_eq!(world.found("milk"), [5, 4, 3, 2, 1]);
    assert_eq!(world.search("bob smith/%", "milk", "")["items"][0]["id"], 1);
    let progress = world.progress();
    assert_eq!(progress["state"], "done");
    assert_eq!(progress["tasks"], 6);
    assert_eq!(progress["removed"], 0);
    assert_eq!(progress["finished_at"], "2026-01-15T12:00:00.000Z");
    assert_eq!(world.audit.asked.get(), 3);
}

#[test]
fn while_one_is_under_way_another_request_joins_it() {
    let world = lost();
    assert_eq!(world.rebuild()["number"], 1);
    assert_eq!(world.rebuild()["number"], 1);
    world.background.settle();
    assert_eq!(world.audit.asked.get(), 3);
    assert_eq!(world.rebuild()["number"], 2);
    world.background.settle();
    assert_eq!(world.progress()["tasks"], 5);
    assert_eq!(world.found("milk").len(), 5);
}

#[test]
fn one_that_was_killed_goes_on_where_it_was() {
    let world = lost();
    world.audit.patience.set(Some(1));
    world.rebuild();
    world.background.settle();
    assert_eq!(world.found("milk"), [2, 1], "what was done stays");
    world.audit.patience.set(None);
    world.sweep();
    assert_eq!(world.found("milk").len(), 5);
    assert_eq!(world.audit.asked.get(), 3, "no part was read twice");
    assert_eq!(world.progress()["number"], 1);
    world.sweep();
    assert_eq!(world.audit.asked.get(), 3, "what is done is done");
}

#[test]
fn what_is_delivered_meanwhile_is_not_overwritten() {
    let world = lost();
    world.audit.patience.set(Some(1));
    world.rebuild();
    world.background.settle();
    // The audit has not heard of these yet.
    world.happens(&task("updated", 4, &json!({ "title": "Bread" })));
    world.happens(&task("deleted", 5, &json!({ "title": "Milk 5" })));
    world.happens(&created(6, "Milk 6"));
    world.audit.patience.set(None);
    world.sweep();
    assert_eq!(world.progress()["state"], "done");
    assert_eq!(world.found("bread"), [4]);
    let mut milk = world.found("milk");
    milk.sort_unstable();
    assert_eq!(milk, [1, 2, 3, 6]);
}

#[test]
fn an_index_that_is_whole_stays_as_it_is() {
    let world = World::new();
    for number in 1..=5 {
        let envelope = world.happens(&created(number, "Milk"));
        world.audit.keep(&envelope);
    }
    let before = world.search("alice", "milk", "");
    world.advance(TimeDelta::days(30));
    world.rebuild();
    world.background.settle();
    assert_eq!(world.search("alice", "milk", ""), before);
    assert_eq!(world.progress()["removed"], 0);
}

#[test]
fn what_the_audit_does_not_know_is_removed_once_it_cannot_be_behind_any_more() {
    let world = World::new();
    world.happens(&created(1, "Ghost"));
    let known = world.happens(&created(2, "Milk"));
    world.audit.keep(&known);
    for (days, found) in [(1, vec![1]), (7, vec![])] {
        world.advance(TimeDelta::days(days));
        world.rebuild();
        world.background.settle();
        assert_eq!(world.found("ghost"), found);
        assert_eq!(world.found("milk"), [2]);
    }
    assert_eq!(world.progress()["removed"], 1);
}

#[test]
fn a_deleted_task_stays_deleted() {
    let world = World::new();
    let first = world.next(&created(1, "Milk"));
    let last = world.next(&task("deleted", 1, &json!({ "title": "Milk" })));
    world.audit.keep(&last);
    world.rebuild();
    world.background.settle();
    world.hear(&first);
    assert_eq!(world.found("milk"), [0; 0]);
}

#[test]
fn what_the_audit_cannot_say_any_more_does_not_stop_it() {
    let world = lost();
    world.audit.entries.borrow_mut()[1]["event"]["task_data"] = Value::Null;
    world.rebuild();
    world.background.settle();
    assert_eq!(world.found("milk"), [5, 4, 3, 1]);
    assert_eq!(world.progress()["state"], "done");
}

#[test]
fn what_another_instance_is_at_is_left_to_it_until_it_says_nothing_any_more() {
    let world = lost();
    world.rebuild();
    let held = "UPDATE rebuild SET holder = 'another', held_until = ?1";
    let until = (world.clock.now() + TimeDelta::seconds(8)).timestamp_millis();
    world.database.query(held, vec![until.into()]);
    world.background.settle();
    world.sweep();
    assert_eq!(world.audit.asked.get(), 0);
    world.advance(TimeDelta::seconds(8));
    world.sweep();
    assert_eq!(world.progress()["state"], "done");
    assert_eq!(world.found("milk").len(), 5);
}
