//! A user is erased everywhere.

use crate::harness::World;
use chrono::TimeDelta;
use duebell_fakes::files_with;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn busy() -> World {
    let world = World::new();
    for user in ["alice", "bob"] {
        assert_eq!(world.make(user, "Zebracrossing").0, 201);
        assert_eq!(world.make(user, "Quaggamire").0, 201);
    }
    world.settle();
    world
}

fn is_on_disk(world: &World, text: &str) -> bool {
    !files_with(world.folder.path(), text).is_empty()
}

#[test]
fn an_erasure_is_complete_when_every_component_says_that_nothing_is_left() {
    let world = busy();
    *world.others.busy.borrow_mut() = vec!["notifier"];
    let (status, erasure) = world.erase("alice");
    assert_eq!(status, 202);
    assert_eq!(erasure["completed_at"], Value::Null);
    assert_eq!(erasure["requested_by"], "root");
    let id = &erasure["id"];
    let name = format!("erased:{}", id.as_str().unwrap());
    assert_eq!(erasure["audit_user_id"], name);
    world.settle();

    let erasure = world.erasure(id);
    let parts: Vec<(&Value, bool, &Value)> = erasure["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            (
                &part["component"],
                part["done_at"].is_string(),
                &part["waiting_for"],
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            (&json!("audit-sink"), true, &Value::Null),
            (&json!("notifier"), false, &json!("something")),
            (&json!("task-api"), false, &json!("the other components")),
        ]
    );
    assert_eq!(erasure["completed_at"], Value::Null);
    let requested = (
        "user.erasure_requested".to_owned(),
        "root".to_owned(),
        json!("root"),
    );
    assert_eq!(world.told(), std::slice::from_ref(&requested));
    assert!(is_on_disk(&world, "alice"), "she is still to be named");

    world.others.busy.borrow_mut().clear();
    world.advance(TimeDelta::seconds(2));
    world.sweep();
    world.sweep();
    let erasure = world.erasure(id);
    assert!(erasure["completed_at"].is_string(), "{erasure}");
    let erased = ("user.erased".to_owned(), name, json!("root"));
    assert_eq!(world.told(), [requested, erased]);
    for text in ["alice", "\"alice"] {
        assert!(!is_on_disk(&world, text));
    }
    assert!(is_on_disk(&world, "bob") && is_on_disk(&world, "Zebracrossing"));
    let told = world.others.ordered.borrow();
    assert!(told.iter().all(|(_, user)| user == "alice"));
}

#[test]
fn an_erased_user_is_refused_from_the_answer_on_and_others_are_not() {
    let world = busy();
    let tasks = world.get("alice", "", "/api/tasks").1;
    let task = format!("/api/tasks/{}", tasks["items"][0]["id"]);
    let reminder = format!("/api/reminders/{}", tasks["items"][0]["reminders"][0]["id"]);
    world.erase("alice");
    for path in [
        "/api/tasks",
        &task,
        &format!("{task}/reminders"),
        "/api/reminders/1",
    ] {
        let (status, problem) = world.get("alice", "", path);
        assert_eq!(
            (status, &problem["type"]),
            (403, &json!("https://duebell.dev/problems/user-erased")),
            "{path}"
        );
    }
    let patch = json!({ "title": "Another" });
    assert_eq!(world.change("alice", "PATCH", &task, &patch).0, 403);
    for path in [&task, &reminder] {
        assert_eq!(world.change("alice", "DELETE", path, &json!({})).0, 403);
    }
    // Also what would be a repeat of an earlier request.
    assert_eq!(world.make("alice", "Zebracrossing").0, 403);
    assert_eq!(world.make("alice", "New").0, 403);
    assert_eq!(world.make("bob", "New").0, 201);
    world.settle();
    assert!(!is_on_disk(&world, "alice"));
    assert_eq!(world.make("alice", "New").0, 403);
    let page = world.get("bob", "", "/api/tasks").1;
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
}

#[test]
fn repeating_it_answers_the_same_erasure_until_it_is_complete() {
    let world = busy();
    let (status, first) = world.erase("nobody-knows-me");
    assert_eq!(status, 202);
    assert_eq!(world.erase("nobody-knows-me"), (202, first.clone()));
    world.settle();
    assert!(world.erasure(&first["id"])["completed_at"].is_string());
    let before = world.others.ordered.borrow().len();
    // A database may have been restored since: all components are asked again.
    let (status, second) = world.erase("nobody-knows-me");
    assert_eq!(status, 202);
    assert_ne!(second["id"], first["id"]);
    world.settle();
    assert!(world.erasure(&second["id"])["completed_at"].is_string());
    assert_eq!(world.others.ordered.borrow().len(), 2 * before);
    assert_eq!(world.told().len(), 4);
    assert_eq!(world.make("nobody-knows-me", "New").0, 403);
    assert!(!is_on_disk(&world, "nobody-knows-me"));
}

#[test]
fn a_consumer_with_a_gap_can_move_on() {
    let world = busy();
    let events = "/internal/task-api/outbox/events?topic=task-events&user_id=alice&first=1&last=9";
    let count = |answer: (u16, Value)| answer.1["events"].as_array().unwrap().len();
    assert_eq!(count(world.internal(events)), 2);
    world.erase("alice");
    world.settle();
    assert_eq!(count(world.internal(events)), 0);
    world.advance(TimeDelta::seconds(10));
    let heads = world.internal("/internal/task-api/outbox/heads?topic=task-events&after=0");
    assert_eq!(
        heads.1["heads"],
        json!([{ "user_id": "bob", "sequence": 2 }])
    );
}

#[test]
fn what_a_kill_or_an_outage_left_goes_on_by_the_sweep() {
    let world = busy();
    let (_, erasure) = world.erase("alice");
    let id = &erasure["id"];
    let world = world.killed();
    world.others.are_away.set(true);
    world.sweep();
    let waits = world.erasure(id);
    assert_eq!(
        waits["components"][0]["waiting_for"],
        "no answer: connection refused"
    );
    let world = world.killed();
    world.others.are_away.set(false);
    world.advance(TimeDelta::seconds(31));
    world.sweep();
    assert!(world.erasure(id)["completed_at"].is_string());
    assert!(!is_on_disk(&world, "alice"));
}

#[test]
fn a_clock_that_is_set_back_does_not_put_it_off() {
    let world = busy();
    world.others.are_away.set(true);
    let (_, erasure) = world.erase("alice");
    world.settle();
    world.others.are_away.set(false);
    world.advance(-TimeDelta::hours(1));
    world.sweep();
    assert!(world.erasure(&erasure["id"])["completed_at"].is_string());
}

#[test]
fn only_operators_have_users_erased_and_not_themselves() {
    let world = busy();
    let alice = json!({ "user_id": "alice" });
    assert_eq!(world.erase_as("bob", "", &alice).0, 403);
    assert_eq!(world.erase_as("alice", "operator", &alice).0, 422);
    for body in [
        json!({}),
        json!({ "user_id": "" }),
        json!({ "user_id": "erased:7" }),
        json!({ "user_id": "a\nb" }),
        json!({ "user_id": "x".repeat(257) }),
        json!({ "user_id": 7 }),
        json!({ "user_id": "alice", "really": true }),
        json!([]),
    ] {
        assert_eq!(world.erase_as("root", "operator", &body).0, 422, "{body}");
    }
    let (_, erasure) = world.erase("alice");
    let path = format!("/api/erasures/{}", erasure["id"].as_str().unwrap());
    assert_eq!(world.get("bob", "", &path).0, 403);
    assert_eq!(world.get("root", "operator", "/api/erasures/7").0, 404);
    let request = http::Request::post("/api/erasures").body(alice.to_string().into());
    assert_eq!(world.send(request.unwrap()).0, 401);
}

#[test]
fn an_operator_who_was_erased_erases_nobody_and_is_not_named_where_they_did() {
    let world = busy();
    let (_, first) = world.erase("alice");
    world.settle();
    let (status, _) = world.erase_as("ruth", "operator", &json!({ "user_id": "root" }));
    assert_eq!(status, 202);
    world.settle();
    assert_eq!(world.erase("bob").0, 403);
    let path = format!("/api/erasures/{}", first["id"].as_str().unwrap());
    assert_eq!(world.get("root", "operator", &path).0, 403);
    let (_, erasure) = world.get("ruth", "operator", &path);
    let by = erasure["requested_by"].as_str().unwrap();
    assert!(by.starts_with("erased:"), "{by}");
}

#[test]
fn every_database_of_the_app_is_one_that_is_asked_for() {
    let spin = std::fs::read_to_string("../../spin.toml").unwrap();
    let mut databases: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for component in spin.split("[component.").skip(1) {
        let id = component.split([']', '.']).next().unwrap();
        let labels = component
            .lines()
            .find_map(|line| line.strip_prefix("sqlite_databases = "));
        for label in labels.unwrap_or_default().split('"').skip(1).step_by(2) {
            databases.entry(label).or_default().push(id);
        }
    }
    assert!(databases.len() >= 8, "{databases:?}");
    for (label, owners) in databases {
        let is_asked = |id: &&str| *id == "task-api" || task_api::COMPONENTS.contains(id);
        assert!(owners.iter().any(is_asked), "nobody erases from {label}");
    }
}
