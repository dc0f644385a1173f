//! A user is erased.

use crate::harness::{Answer, World, created, task};
use http::Method;
use serde_json::{Value, json};

fn erase(world: &World, user: &str) -> Answer {
    let order = json!({ "erasure_id": format!("erasure-{}", user.bytes().map(u64::from).sum::<u64>()), "user_id": user });
    world.internal(Method::POST, "/internal/search-indexer/erasures", &order)
}

fn of(user: &str, mut event: Value) -> Value {
    event["user_id"] = json!(user);
    event["correlation_id"] = json!(format!("{user}/{}", event["correlation_id"]));
    event
}

fn is_on_disk(world: &World, word: &str) -> bool {
    world.database.has(word)
}

#[test]
fn no_word_of_an_erased_user_is_left_not_even_of_what_was_changed_or_deleted_before() {
    let world = World::new();
    for id in 1..=40 {
        world.happens(&created(id, &format!("Zebracrossing {id}")));
        world.happens(&of("bob", created(id, &format!("Bicycle {id}"))));
    }
    for id in 1..=20 {
        let data = json!({ "title": format!("Quaggamire {id}") });
        world.happens(&task("updated", id, &data));
    }
    for id in 21..=30 {
        let data = json!({ "title": "Zebracrossing" });
        world.happens(&task("deleted", id, &data));
    }
    for word in ["zebracrossing", "quaggamire", "alice"] {
        assert!(is_on_disk(&world, word), "{word}");
    }
    assert_eq!(erase(&world, "alice").json["done"], true);
    for word in ["zebracross", "Zebracross", "quaggam", "Quaggam", "alice"] {
        assert!(!is_on_disk(&world, word), "{word}");
    }
    assert_eq!(world.get("alice", "/api/search?q=zebra").status, 403);
    assert_eq!(world.search("bob", "bicycle 7", "")["items"][0]["id"], 7);
    assert_eq!(erase(&world, "alice").json["done"], true);
}

#[test]
fn what_comes_late_is_not_found_and_not_kept() {
    let world = World::new();
    world.happens(&created(1, "Zebracrossing"));
    assert_eq!(erase(&world, "alice").json["done"], true);
    world.happens(&created(2, "Zebracrossing"));
    assert!(!is_on_disk(&world, "ebracrossing"));
    assert!(!is_on_disk(&world, "alice"));
}

#[test]
fn a_rebuild_that_read_the_audit_before_brings_nothing_back() {
    let world = World::new();
    let of_alice = world.happens(&created(1, "Zebracrossing"));
    world.audit.keep(&of_alice);
    let of_bob = world.happens(&of("bob", created(2, "Bicycle")));
    world.audit.keep(&of_bob);
    assert_eq!(erase(&world, "alice").json["done"], true);
    // The audit has still to erase them.
    world.rebuild();
    world.background.settle();
    assert!(!is_on_disk(&world, "ebracrossing"));
    assert!(!is_on_disk(&world, "alice"));
    // And has.
    let entries: Vec<Value> = world.audit.entries.borrow().clone();
    let others = entries.into_iter().filter(|entry| {
        let user = entry.pointer("/event/user_id");
        user.is_none_or(|user| user != "alice")
    });
    let others: Vec<Value> = others.collect();
    *world.audit.entries.borrow_mut() = others;
    world.advance(chrono::TimeDelta::seconds(30));
    world.sweep();
    assert_eq!(world.progress()["state"], "done");
    assert_eq!(world.search("bob", "bicycle", "")["items"][0]["id"], 2);
}

#[test]
fn only_task_api_orders_it() {
    let world = World::new();
    world.happens(&created(1, "Zebracrossing"));
    let request = http::Request::post("/internal/search-indexer/erasures")
        .header("dapr-api-token", "guessed")
        .body(
            json!({ "erasure_id": "1", "user_id": "alice" })
                .to_string()
                .into(),
        );
    assert_eq!(world.send(request.unwrap()).status, 401);
    assert_eq!(world.found("zebracrossing"), [1]);
}
