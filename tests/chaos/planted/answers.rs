//! Defects in what clients were told.

use super::{Planted, later};
use serde_json::{Value, json};

#[test]
fn a_task_that_was_acknowledged_and_is_gone() {
    let mut planted = Planted::sound();
    let made = planted.call(|call| call["does"] == "create" && call["status"] == 201);
    let (user, id) = (
        made["user"].as_str().unwrap().to_owned(),
        made["answer"]["id"].clone(),
    );
    planted.seen(&user, "tasks").retain(|task| task["id"] != id);
    planted
        .seen(&user, "updates")
        .retain(|update| update["data"]["task_id"] != id);
    planted
        .seen(&user, "audit")
        .retain(|entry| entry["event"]["task_id"] != id);
    planted.count_anew(&user);
    planted.tidy(&user);
    planted.must_break("lost", "was acknowledged and is not there");
}

#[test]
fn a_change_that_was_acknowledged_and_made_no_difference() {
    let mut planted = Planted::sound();
    let changed = planted.call(|call| call["does"] == "change" && call["status"] == 200);
    changed["body"]["description"] = json!("what nobody kept");
    planted.must_break("lost", "wanted that description is");
}

#[test]
fn a_task_that_is_not_as_it_was_asked_for() {
    let mut planted = Planted::sound();
    let made = planted.call(|call| {
        call["does"] == "create" && call["status"] == 201 && call["body"]["priority"] == "low"
    });
    made["body"]["priority"] = json!("urgent");
    planted.must_break("lost", "wanted that priority is \"urgent\"");
}

#[test]
fn a_new_task_whose_reminder_is_for_another_time() {
    let mut planted = Planted::sound();
    let made = planted.call(|call| {
        let first = &call["body"]["reminders"][0];
        call["does"] == "create" && call["status"] == 201 && first["before"].is_string()
    });
    made["body"]["reminders"][0]["before"] = json!("PT2H");
    planted.must_break("lost", "wanted reminders for");
}

#[test]
fn a_reminder_that_is_for_another_time() {
    let mut planted = Planted::sound();
    let made = planted.call(|call| call["does"] == "remind" && call["status"] == 201);
    made["body"]["remind_at"] = later(&made["body"]["remind_at"], 1);
    planted.must_break("lost", "wanted reminder ");
}

#[test]
fn a_task_that_was_reopened_and_is_completed() {
    let mut planted = Planted::sound();
    let made = planted.call(|call| call["does"] == "complete" && call["status"] == 200);
    made["does"] = json!("reopen");
    planted.must_break("lost", "made another thing");
}

#[test]
fn a_task_that_was_deleted_and_is_there() {
    let mut planted = Planted::sound();
    let change = planted.call(|call| call["does"] == "change" && call["status"] == 200);
    change["does"] = json!("delete");
    planted.must_break("lost", "(delete) was acknowledged");
}

#[test]
fn a_reminder_that_was_forgotten_and_is_listed() {
    let mut planted = Planted::sound();
    let kept = planted
        .call(|call| call["does"] == "create" && call["answer"]["reminders"][1]["id"].is_i64());
    let (task, reminders) = (
        kept["answer"]["id"].clone(),
        kept["answer"]["reminders"].clone(),
    );
    let change = planted
        .call(|call| call["does"] == "forget" && call["status"] == 204 && call["task"] == task);
    let other = reminders.as_array().unwrap().iter();
    let other = other
        .map(|one| &one["id"])
        .find(|id| **id != change["reminder"]);
    change["reminder"] = other.unwrap().clone();
    planted.must_break("lost", "and it is listed after that");
}

#[test]
fn a_change_that_overwrote_what_its_client_had_not_seen() {
    let mut planted = Planted::sound();
    let wanted =
        |call: &Value| call["status"] == 200 && call["answer"]["version"].as_i64() > Some(2);
    let change = planted.call(|call| call["does"] == "change" && wanted(call));
    change["if_match"] = json!(1);
    planted.must_break("if-match", "and made ");
}

#[test]
fn a_completion_of_what_its_client_had_not_seen_completed() {
    let mut planted = Planted::sound();
    let done = planted.call(|call| call["does"] == "complete" && call["status"] == 200);
    // Another client of the user's asks for the same, and finds it done.
    let mut again = done.clone();
    again["source"] = json!("op-of-another");
    again["sent"] = again["answered"].clone();
    again["if_match"] = json!(again["answer"]["version"].as_i64().unwrap() - 1);
    planted.0.push(again);
    planted.must_break("if-match", "as it has to be");
}

#[test]
fn a_read_of_another_title() {
    let mut planted = Planted::sound();
    let read = planted.call(|call| call["does"] == "read" && call["status"] == 200);
    read["answer"]["title"] = json!("of another time");
    planted.must_break("answers", "title is \"of another time\"");
}

#[test]
fn a_read_that_went_back() {
    let mut planted = Planted::sound();
    let read =
        planted.call(|call| call["does"] == "read" && call["answer"]["version"].as_i64() > Some(1));
    let (task, answer) = (read["task"].clone(), read["answer"].clone());
    let first = planted.call(|call| call["does"] == "create" && call["answer"]["id"] == task);
    let first = first["answer"].clone();
    let read = planted.call(|call| call["does"] == "read" && call["answer"] == answer);
    read["answer"] = first;
    read["sent"] = json!(i64::MAX - 1);
    read["answered"] = json!(i64::MAX);
    planted.must_break("stale", "after it had been");
}

#[test]
fn a_refused_change_that_took_effect() {
    let mut planted = Planted::sound();
    let change = planted.call(|call| call["does"] == "change" && call["status"] == 200);
    change["status"] = json!(422);
    planted.must_break("refused", "was refused and took effect");
}

#[test]
fn a_repeat_by_key_that_was_refused_after_the_first_took_effect() {
    let mut planted = Planted::sound();
    let is_keyed_create =
        |call: &Value| call["does"] == "create" && call["status"] == 201 && call["key"].is_string();
    let index = planted.0.iter().position(is_keyed_create).unwrap();
    let mut first = planted.0[index].clone();
    first["status"] = Value::Null;
    first["answer"] = Value::Null;
    planted.0[index]["status"] = json!(422);
    planted.0.insert(index, first);
    planted.must_break("refused", "was refused and took effect");
}
