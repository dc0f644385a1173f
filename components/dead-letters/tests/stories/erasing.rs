//! A user is erased.

use crate::harness::{TOKEN, World, event};
use duebell_fakes::files_with;
use serde_json::{Value, json};

fn of(user: &str, number: u32) -> Vec<u8> {
    let text = String::from_utf8(event(number)).unwrap();
    text.replace("alice", user).into_bytes()
}

fn owners(world: &World) -> Vec<Value> {
    let letters = world.letters();
    let mut owners: Vec<Value> = letters
        .iter()
        .map(|letter| letter["user_id"].clone())
        .collect();
    owners.sort_by_key(Value::to_string);
    owners
}

#[test]
fn no_letter_of_an_erased_user_is_left_not_even_one_that_nobody_can_read() {
    let world = World::new();
    world.bring(&event(1));
    world.bring(&of("bob", 2));
    world.bring(br#"{"user_id":"alice","what":"this is no event"}"#);
    world.bring(br#"{"user_id":"bob","what":"this is no event"}"#);
    let letters = world.letters();
    let hers = letters.iter().find(|letter| letter["user_id"] == "alice");
    let path = format!("/api/dead-letters/{}", hers.unwrap()["id"]);
    assert_eq!(world.operator("GET", &path).0, 200);
    assert!(!files_with(world.folder.path(), "alice").is_empty());
    assert_eq!(
        world.erase("alice", TOKEN),
        (200, json!({ "done": true, "waiting_for": null }))
    );
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
    assert_eq!(owners(&world), [json!("bob"), Value::Null]);
    assert_eq!(world.operator("GET", &path).0, 404);
    assert_eq!(world.erase("alice", TOKEN).1["done"], true);
}

#[test]
fn a_letter_that_comes_late_is_not_kept() {
    let world = World::new();
    assert_eq!(world.erase("alice", TOKEN).1["done"], true);
    world.bring(&event(1));
    world.bring(&of("bob", 2));
    assert_eq!(owners(&world), ["bob"]);
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
}

#[test]
fn an_operator_who_was_erased_does_nothing_any_more() {
    let world = World::new();
    world.bring(&event(1));
    assert_eq!(world.erase("root", TOKEN).1["done"], true);
    let (status, problem) = world.operator("GET", "/api/dead-letters");
    assert_eq!(
        (status, &problem["type"]),
        (403, &json!("https://duebell.dev/problems/user-erased"))
    );
    let (status, _) = world.as_user("GET", "/api/dead-letters", "ruth", "operator");
    assert_eq!(status, 200);
}

#[test]
fn only_task_api_orders_it() {
    let world = World::new();
    world.bring(&event(1));
    assert_eq!(world.erase("alice", "guessed").0, 401);
    assert_eq!(owners(&world), ["alice"]);
}
