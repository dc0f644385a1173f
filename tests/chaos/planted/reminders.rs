//! Defects in reminders and notifications.

use super::{Planted, is_due, later};
use serde_json::{Value, json};

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
    notification["remind_at"] = later(&notification["remind_at"], 1);
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
fn a_reminder_that_was_listed_and_never_set() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("tasks", |task| task["reminders"][0]["id"].is_i64());
    let id = planted.seen(&user, "tasks")[index]["reminders"][0]["id"].clone();
    let audit = planted.seen(&user, "audit");
    audit.retain(|entry| entry["event"]["reminder_id"] != id);
    planted.count_anew(&user);
    planted.tidy(&user);
    planted.must_break("reminders", "was not set for");
}

#[test]
fn notifications_that_came_settled_and_were_told_of() {
    let mut planted = Planted::sound();
    let is_settled = |one: &Value| one["settled_at"].is_string();
    let (user, _) = planted.find("notifications", is_settled);
    for notification in planted.seen(&user, "notifications") {
        if is_settled(notification) {
            notification["settled_at"] = notification["created_at"].clone();
        }
    }
    planted.must_break("notifications", "these came settled and were told of");
}
