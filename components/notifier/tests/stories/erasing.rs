//! A user is erased.

use crate::harness::{TOKEN, World, reminder, task};
use duebell_fakes::files_with;
use serde_json::{Value, json};

fn of(user: &str, mut event: Value) -> Value {
    event["user_id"] = json!(user);
    let number: u64 = user.bytes().map(u64::from).sum();
    event["correlation_id"] = json!(format!("{number}/{}", event["correlation_id"]));
    event
}

/// Alice and bob are told, and their tasks are closed and cancelled.
fn busy() -> World {
    let world = World::new();
    for user in ["alice", "bob"] {
        world.ring(&of(user, reminder("due", 1)));
        world.ring(&of(user, reminder("due", 2)));
        world.remind(&of(user, reminder("cancelled", 2)));
        world.task(&of(user, task("completed", true)));
    }
    world
}

#[test]
fn nothing_of_an_erased_user_is_left_and_others_keep_theirs() {
    let world = busy();
    let is_on_disk = |user: &str| !files_with(world.folder.path(), user).is_empty();
    assert!(is_on_disk("alice"));
    let answer = world.erase("alice", TOKEN);
    assert_eq!(
        (answer.status, answer.json),
        (200, json!({ "done": true, "waiting_for": null }))
    );
    assert!(!is_on_disk("alice"));
    assert!(is_on_disk("bob"));
    let page = world.get("bob", "/api/notifications");
    assert_eq!(page.json["items"].as_array().unwrap().len(), 2);
    // Once more changes nothing.
    assert_eq!(world.erase("alice", TOKEN).json["done"], true);
}

#[test]
fn what_comes_late_is_done_and_tells_nobody() {
    let world = busy();
    assert_eq!(world.erase("alice", TOKEN).json["done"], true);
    let published = world.sidecar.published.borrow().len();
    let late = of("alice", reminder("due", 3));
    world.ring(&late);
    world.bulk(
        "task-events",
        &[world.envelope(&of("alice", task("deleted", true)))],
    );
    assert_eq!(world.sidecar.published.borrow().len(), published);
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
    // Also if it comes before anything else: nobody knows alice's friend yet.
    assert_eq!(world.erase("carol", TOKEN).json["done"], true);
    world.ring(&of("carol", reminder("due", 4)));
    assert_eq!(files_with(world.folder.path(), "carol"), [""; 0]);
}

#[test]
fn an_erased_user_is_told_so_and_others_are_not() {
    let world = busy();
    assert_eq!(world.erase("alice", TOKEN).json["done"], true);
    for path in ["/api/notifications", "/api/notifications/1"] {
        let answer = world.get("alice", path);
        assert_eq!(answer.status, 403);
        assert_eq!(
            answer.json["type"],
            "https://duebell.dev/problems/user-erased"
        );
    }
    assert_eq!(world.get("bob", "/api/notifications").status, 200);
}

#[test]
fn only_task_api_orders_it_and_only_of_users() {
    let world = busy();
    assert_eq!(world.erase("alice", "guessed").status, 401);
    assert_eq!(world.erase("", TOKEN).status, 400);
    assert_eq!(world.erase("erased:somebody", TOKEN).status, 400);
    assert_eq!(world.items().len(), 2);
}
