//! Defects in the update log and in the audit.

use super::{Planted, is_due};
use serde_json::{Value, json};

/// Has two events of a user change places: whose they are, and the id of what comes too
/// late.
fn two_in_disorder(planted: &mut Planted) -> (String, Value) {
    let is_task = |entry: &Value| entry["topic"] == "task-events";
    let (user, first) = planted.find("audit", is_task);
    let audit = planted.seen(&user, "audit");
    let second = (first + 1..audit.len()).find(|index| is_task(&audit[*index]));
    let second = second.unwrap();
    audit.swap(first, second);
    let id = audit[second]["event_id"].clone();
    (user, id)
}

#[test]
fn an_event_that_took_effect_twice() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("audit", |entry| entry["topic"] == "task-events");
    let again = planted.seen(&user, "audit")[index].clone();
    planted.seen(&user, "audit").push(again);
    planted.tidy(&user);
    planted.must_break("once", "is in the audit twice");
}

#[test]
fn a_change_that_the_log_tells_twice() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("updates", |update| update["data"]["action"] == "updated");
    let again = planted.seen(&user, "updates")[index].clone();
    planted.seen(&user, "updates").insert(index, again);
    planted.tidy(&user);
    planted.must_break("once", "took effect 2 times");
}

#[test]
fn a_number_that_the_log_leaves_out() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("updates", |update| update["id"].as_i64() > Some(3));
    for update in &mut planted.seen(&user, "updates")[index..] {
        update["id"] = json!(update["id"].as_i64().unwrap() + 1);
    }
    planted.must_break("update log", "has the number");
}

#[test]
fn an_event_that_the_audit_lacks() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("audit", |entry| entry["event_type"] == "task.updated");
    planted.seen(&user, "audit").remove(index);
    planted.tidy(&user);
    planted.must_break("gap", "events are in the audit");
}

#[test]
fn two_events_of_a_user_that_changed_places() {
    let mut planted = Planted::sound();
    let (user, _) = two_in_disorder(&mut planted);
    planted.tidy(&user);
    planted.must_break("order", " comes after ");
}

#[test]
fn an_entry_of_the_chain_that_was_changed() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("audit", |entry| entry["topic"] == "task-events");
    planted.seen(&user, "audit")[index]["recorded_at"] = json!("2026-01-01T00:00:00Z");
    planted.must_break("chain", "was changed or moved");
}

#[test]
fn a_chain_whose_end_was_cut_off() {
    let mut planted = Planted::sound();
    let (user, _) = planted.find("audit", is_due);
    planted.seen(&user, "audit").pop();
    planted.must_break("chain", "goes on after its end");
}

#[test]
fn an_event_of_another_title() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("audit", |entry| entry["event_type"] == "task.updated");
    let entry = &mut planted.seen(&user, "audit")[index];
    entry["event"]["task_data"]["title"] = json!("of another time");
    planted.tidy(&user);
    planted.must_break("audit", "title is \"of another time\"");
}

#[test]
fn a_disorder_of_the_audit_that_another_subscriber_excuses() {
    let mut planted = Planted::sound();
    let (user, id) = two_in_disorder(&mut planted);
    planted.tidy(&user);
    planted.seen("", "dead-letters").push(json!({
        "subscriber": "notifier", "event_type": "task.created", "event_id": id,
        "user_id": user, "reason": "no answer", "status": "settled",
    }));
    planted.must_break("order", " comes after ");
}
