//! Defects in what there is in the end.

use super::{Planted, checker, later};
use serde_json::{Value, json};

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

/// Has a search of the sound history show what it found, as new histories have it.
/// Where it is: the user, and the place.
fn with_shown(planted: &mut Planted) -> (String, usize) {
    let (user, index) = planted.find("search", |search| search["ids"][0].is_i64());
    let id = planted.seen(&user, "search")[index]["ids"][0].clone();
    let mut tasks = planted.seen(&user, "tasks").iter();
    let task = tasks.find(|task| task["id"] == id).unwrap().clone();
    let mut shown = json!({ "id": id });
    for name in ["title", "completed", "priority", "tags", "due_date"] {
        shown[name] = task[name].clone();
    }
    planted.seen(&user, "search")[index]["items"] = json!([shown]);
    (user, index)
}

#[test]
fn a_task_that_search_shows_as_it_was_before() {
    let mut planted = Planted::sound();
    let (user, index) = with_shown(&mut planted);
    assert_eq!(checker::check(&planted.0), []);
    planted.seen(&user, "search")[index]["items"][0]["title"] = json!("of another time");
    planted.must_break("search", "title is \"of another time\"");
}

#[test]
fn a_task_that_search_shows_without_its_priority() {
    let mut planted = Planted::sound();
    let (user, index) = with_shown(&mut planted);
    let shown = &mut planted.seen(&user, "search")[index]["items"][0];
    shown.as_object_mut().unwrap().remove("priority");
    planted.must_break("search", "priority is missing");
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
fn a_task_that_is_not_as_it_was_made() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("tasks", |task| task["priority"] == "low");
    planted.seen(&user, "tasks")[index]["priority"] = json!("high");
    planted.must_break("tasks", "priority is \"high\"");
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
fn a_stranger_who_learns_that_a_task_is_there() {
    let mut planted = Planted::sound();
    let peek = planted.call(|call| call["does"] == "peek" && call["status"] == 404);
    peek["status"] = json!(403);
    planted.must_break("privacy", "was told Refused(403)");
}

#[test]
fn a_list_with_a_task_of_another() {
    let mut planted = Planted::sound();
    let made = planted.call(|call| call["does"] == "create" && call["status"] == 201);
    let (user, task) = (made["user"].clone(), made["answer"].clone());
    let list = planted.call(|call| {
        let items = call["answer"]["items"].as_array();
        call["does"] == "list" && call["user"] != user && items.is_some_and(|all| !all.is_empty())
    });
    list["answer"]["items"][0]["id"] = task["id"].clone();
    planted.must_break("privacy", "was listed task");
}

#[test]
fn a_search_that_finds_what_is_of_another() {
    let mut planted = Planted::sound();
    planted.0.push(json!({
        "kind": "observed", "user": "user-0", "what": "search-of-others",
        "items": [{ "word": "w2n0", "ids": [1] }],
    }));
    planted.must_break("privacy", "of others by w2n0");
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

#[test]
fn an_event_that_was_given_up_though_nothing_ended_its_subscriber() {
    let mut planted = Planted::sound();
    planted.seen("", "dead-letters").push(json!({
        "subscriber": "audit-sink", "event_type": "task.created", "event_id": "some",
        "user_id": "user-0", "reason": "the database is busy; try again",
        "status": "settled",
    }));
    planted.must_break("dead letters", "nothing that struck explains it");
}

fn is_made_occurrence(update: &Value) -> bool {
    update["data"]["source_client"].is_null() && update["data"]["action"] == "created"
}

#[test]
fn an_occurrence_that_is_due_at_another_time() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("updates", is_made_occurrence);
    let due = planted.seen(&user, "updates")[index]["data"]["changes"]["due_date"].clone();
    // Everywhere, so that all agree: nothing else has this very time.
    let (from, to) = (due.to_string(), later(&due, 24).to_string());
    for record in &mut planted.0 {
        let text = record.to_string().replace(&from, &to);
        *record = serde_json::from_str(&text).unwrap();
    }
    planted.tidy(&user);
    planted.must_break("recurrence", "is due at");
}

#[test]
fn an_occurrence_with_another_title_than_the_one_before() {
    let mut planted = Planted::sound();
    let (user, index) = planted.find("updates", is_made_occurrence);
    let update = &mut planted.seen(&user, "updates")[index]["data"];
    update["changes"]["title"] = json!("of another series");
    planted.must_break("recurrence", ": title of ");
}
