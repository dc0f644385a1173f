//! The checker itself is tried: a history of a real run is sound, and each defect that is
//! planted in it is found.
//!
//! `sound.ndjson` was recorded by the suite: see "Chaos" in CONTRIBUTING.md.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "checker/mod.rs"]
mod checker;

use checker::{chain, check};
use serde_json::{Value, json};

/// A history to plant a defect in.
struct Planted(Vec<Value>);

impl Planted {
    fn sound() -> Self {
        let lines = include_str!("sound.ndjson").lines();
        Self(
            lines
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        )
    }

    /// This rule must be broken, and a violation of it must say this.
    #[track_caller]
    fn must_break(self, rule: &str, what: &str) {
        let broken = check(&self.0);
        let mut of_rule = broken.iter().filter(|violation| violation.rule == rule);
        assert!(
            of_rule.any(|violation| violation.what.contains(what)),
            "none of {rule} says {what:?} in {broken:#?}"
        );
    }

    /// The first call that is like this.
    #[track_caller]
    fn call(&mut self, like: impl Fn(&Value) -> bool) -> &mut Value {
        let mut calls = self.0.iter_mut().filter(|record| record["kind"] == "call");
        calls.find(|call| like(call)).unwrap()
    }

    /// What was seen in the end, of a user.
    fn seen(&mut self, user: &str, what: &str) -> &mut Vec<Value> {
        let mut records = self.0.iter_mut();
        let record = records.find(|record| record["user"] == user && record["what"] == what);
        record.unwrap()["items"].as_array_mut().unwrap()
    }

    /// The first of what was seen that is like this: whose it is, and where.
    #[track_caller]
    fn find(&self, what: &str, like: impl Fn(&Value) -> bool) -> (String, usize) {
        let seen = self.0.iter().filter(|record| record["what"] == what);
        let found = seen.flat_map(|record| {
            let items = record["items"].as_array().unwrap().iter().enumerate();
            items.map(move |(index, item)| (record["user"].as_str().unwrap(), index, item))
        });
        let mut found = found.filter(|(_, _, item)| like(item));
        let (user, index, _) = found.next().unwrap();
        (user.to_owned(), index)
    }

    /// Numbers a user's log and audit anew, and seals the chain: what is planted is not
    /// found by that.
    fn tidy(&mut self, user: &str) {
        for (index, update) in self.seen(user, "updates").iter_mut().enumerate() {
            update["id"] = json!(index + 1);
        }
        let mut previous = "0".repeat(64);
        for (index, entry) in self.seen(user, "audit").iter_mut().enumerate() {
            entry["number"] = json!(index + 1);
            entry["previous_hash"] = json!(previous);
            entry["commitment"] = json!(chain::commitment(entry));
            let hash = chain::seal(entry);
            entry["hash"] = json!(hash);
            previous = hash;
        }
        let head = json!({ "hash": previous });
        let mut records = self.0.iter_mut();
        let audit = records.find(|record| record["user"] == user && record["what"] == "audit");
        audit.unwrap()["head"] = head;
    }

    /// Counts the events of each source and topic anew, in the order in which they are.
    fn count_anew(&mut self, user: &str) {
        let mut counts = std::collections::BTreeMap::new();
        for entry in self.seen(user, "audit") {
            let place = format!("{}{}", entry["source"], entry["topic"]);
            let count = counts.entry(place).or_insert(0);
            *count += 1;
            entry["sequence"] = json!(*count);
        }
    }
}

/// A time in RFC 3339, an hour later.
fn an_hour_later(time: &Value) -> Value {
    let time = chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).unwrap();
    json!((time + chrono::Duration::hours(1)).to_rfc3339())
}

fn is_due(entry: &Value) -> bool {
    entry["event_type"] == "reminder.due"
}

#[test]
fn a_history_of_a_real_run_is_sound() {
    assert_eq!(check(&Planted::sound().0), []);
}

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
    made["body"]["remind_at"] = an_hour_later(&made["body"]["remind_at"]);
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
    let is_task = |entry: &Value| entry["topic"] == "task-events";
    let (user, first) = planted.find("audit", is_task);
    let audit = planted.seen(&user, "audit");
    let second = (first + 1..audit.len()).find(|index| is_task(&audit[*index]));
    audit.swap(first, second.unwrap());
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
fn a_reminder_that_rang_twice() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("audit", is_due);
    let mut again = planted.seen(&user, "audit")[index].clone();
    again["event_id"] = json!("another");
    planted.seen(&user, "audit").push(again);
    planted.count_anew(&user);
    planted.tidy(&user);
    planted.must_break("rang once", "rang 2 times");
}

#[test]
fn a_reminder_that_never_rang() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("audit", is_due);
    let due = planted.seen(&user, "audit").remove(index);
    let reminder = due["event"]["reminder_id"].clone();
    planted
        .seen(&user, "notifications")
        .retain(|one| one["reminder_id"] != reminder);
    let of_it = |update: &Value| update["data"]["changes"]["reminder_id"] == reminder;
    planted
        .seen(&user, "updates")
        .retain(|update| !of_it(update));
    planted.count_anew(&user);
    planted.tidy(&user);
    planted.must_break("rang once", "and never rang");
}

#[test]
fn a_reminder_that_rang_too_early() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("audit", is_due);
    let due = &mut planted.seen(&user, "audit")[index];
    due["recorded_at"] = json!("2026-01-01T00:00:00Z");
    planted.tidy(&user);
    planted.must_break("early", "rang before");
}

#[test]
fn a_reminder_that_rang_too_early_and_says_that_it_was_for_then() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("audit", is_due);
    let due = &mut planted.seen(&user, "audit")[index];
    due["recorded_at"] = json!("2026-01-01T00:00:00Z");
    due["event"]["remind_at"] = json!("2026-01-01T00:00:00Z");
    planted.tidy(&user);
    planted.must_break("early", "rang before");
}

#[test]
fn a_ring_that_was_recorded_at_no_time() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("audit", is_due);
    let due = &mut planted.seen(&user, "audit")[index];
    due["recorded_at"] = Value::Null;
    due["event"]["remind_at"] = Value::Null;
    planted.tidy(&user);
    planted.must_break("early", "at None");
}

#[test]
fn a_ring_of_another_task() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("audit", is_due);
    let due = &mut planted.seen(&user, "audit")[index];
    due["event"]["title"] = json!("of another task");
    planted.tidy(&user);
    planted.must_break("reminders", "rang as it was never set");
}

#[test]
fn a_reminder_that_left_its_task_and_was_not_cancelled() {
    let mut planted = Planted::sound();
    // One that is far ahead, so that nobody waits for it to ring.
    let (user, index) = planted.find("audit", |entry| {
        let day = entry["event"]["remind_at"].as_str();
        entry["event_type"] == "reminder.cancelled" && day > Some("2026-11-29")
    });
    planted.seen(&user, "audit").remove(index);
    planted.count_anew(&user);
    planted.tidy(&user);
    planted.must_break("reminders", "and was cancelled 0 times");
}

#[test]
fn a_ring_that_nobody_was_shown() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("notifications", |one| one["settled_at"].is_null());
    let id = planted.seen(&user, "notifications").remove(index)["id"].clone();
    let updates = planted.seen(&user, "updates");
    updates.retain(|update| update["data"]["changes"]["notification_id"] != id);
    planted.tidy(&user);
    planted.must_break("notifications", "rang, and has 0 notifications");
}

#[test]
fn a_ring_that_was_shown_twice() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("notifications", |one| one["settled_at"].is_string());
    let mut again = planted.seen(&user, "notifications")[index].clone();
    again["id"] = json!(1);
    again["settled_at"] = again["created_at"].clone();
    planted.seen(&user, "notifications").push(again);
    planted.must_break("notifications", "rang, and has 2 notifications");
}

#[test]
fn a_notification_that_nobody_was_told_of() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("notifications", |one| {
        one["settled_at"].is_string() && one["settled_at"] != one["created_at"]
    });
    let id = planted.seen(&user, "notifications")[index]["id"].clone();
    let updates = planted.seen(&user, "updates");
    updates.retain(|update| update["data"]["changes"]["notification_id"] != id);
    planted.tidy(&user);
    planted.must_break("notifications", "was told of 0 times");
}

#[test]
fn a_notification_of_another_time_than_its_ring() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("notifications", |_| true);
    let notification = &mut planted.seen(&user, "notifications")[index];
    notification["remind_at"] = an_hour_later(&notification["remind_at"]);
    planted.must_break("notifications", "is not as it rang: [\"remind_at\"]");
}

#[test]
fn an_update_that_tells_of_another_task_than_its_notification() {
    let mut planted = Planted::sound();
    let is_ring = |update: &Value| update["data"]["event_type"] == "task.reminder";
    let (user, index) = planted.find("updates", is_ring);
    planted.seen(&user, "updates")[index]["data"]["task_id"] = json!(1);
    planted.must_break("notifications", "is not as it was told of: [\"task_id\"]");
}

#[test]
fn a_notification_of_a_closed_task_that_still_wants_attention() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("notifications", |one| one["settled_at"].is_string());
    planted.seen(&user, "notifications")[index]["settled_at"] = Value::Null;
    planted.must_break("notifications", "is open, and ");
}

#[test]
fn a_task_that_search_does_not_find() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("search", |search| search["ids"][0].is_i64());
    planted.seen(&user, "search")[index]["ids"] = json!([]);
    planted.must_break("search", "finds {} by");
}

#[test]
fn a_deleted_task_that_search_still_finds() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("search", |search| search["ids"] == json!([]));
    planted.seen(&user, "search")[index]["ids"] = json!([1]);
    planted.must_break("search", "finds {1} by");
}

#[test]
fn a_completion_with_two_next_occurrences() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("updates", |update| {
        update["data"]["source_client"].is_null() && update["data"]["action"] == "created"
    });
    let mut second = planted.seen(&user, "updates")[index].clone();
    second["data"]["task_id"] = json!(1);
    planted.seen(&user, "updates").push(second);
    planted.tidy(&user);
    planted.must_break("recurrence", "completions made");
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

#[test]
fn a_task_that_another_user_has() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("tasks", |_| true);
    let task = planted.seen(&user, "tasks").remove(index);
    let (other, _) = {
        let others = Planted(
            planted
                .0
                .iter()
                .filter(|record| record["user"] != user.as_str())
                .cloned()
                .collect(),
        );
        others.find("tasks", |_| true)
    };
    planted.seen(&other, "tasks").push(task);
    planted.must_break("privacy", " has task ");
}

#[test]
fn an_event_that_was_given_up_for_good() {
    let mut planted = Planted::sound();
    planted.seen("", "dead-letters").push(json!({
        "subscriber": "audit-sink", "event_type": "task.created", "event_id": "some",
        "user_id": "user-0", "reason": null, "status": "open",
    }));
    planted.must_break("dead letters", "no replay healed it");
}
