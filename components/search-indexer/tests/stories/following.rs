//! How the index follows the events, in whatever order they come.

use crate::harness::{World, created, ids, task};
use duebell_fakes::wrapped_by_dapr;
use serde_json::{Value, json};

#[test]
fn a_task_is_found_by_what_it_says_now() {
    let world = World::new();
    world.happens(&created(1, "Milk"));
    world.happens(&task("updated", 1, &json!({ "title": "Bread" })));
    assert_eq!(world.found("milk"), [0; 0]);
    assert_eq!(world.found("bread"), [1]);
    world.happens(&task(
        "completed",
        1,
        &json!({ "title": "Bread", "completed": true }),
    ));
    let page = world.search("alice", "bread", "&completed=true");
    assert_eq!(page["items"][0]["completed"], true);
    assert_eq!(
        ids(&world.search("alice", "bread", "&completed=false")),
        [0; 0]
    );
    world.happens(&task("deleted", 1, &json!({ "title": "Bread" })));
    assert_eq!(world.found("bread"), [0; 0]);
}

#[test]
fn an_event_that_comes_late_changes_nothing() {
    let world = World::new();
    let first = world.next(&created(1, "First"));
    let second = world.next(&task("updated", 1, &json!({ "title": "Second" })));
    let third = world.next(&task("updated", 1, &json!({ "title": "Third" })));
    world.hear(&second);
    world.hear(&third);
    world.hear(&first);
    assert_eq!(world.found("first"), [0; 0]);
    assert_eq!(world.found("third"), [1]);
}

#[test]
fn a_deleted_task_does_not_come_back() {
    let world = World::new();
    let first = world.next(&created(1, "First"));
    let second = world.next(&task("updated", 1, &json!({ "title": "Second" })));
    let last = world.next(&task("deleted", 1, &json!({ "title": "Second" })));
    // Nothing else was ever heard of it.
    world.hear(&last);
    for late in [first, second] {
        world.hear(&late);
        assert_eq!(world.found("first"), [0; 0]);
        assert_eq!(world.found("second"), [0; 0]);
    }
}

#[test]
fn what_comes_again_changes_nothing() {
    let world = World::new();
    let envelope = world.happens(&created(1, "Milk"));
    let again = world.deliver(&envelope);
    assert_eq!(
        (again.status, again.outcome.as_str()),
        (200, "already_processed")
    );
    assert_eq!(world.found("milk"), [1]);
}

#[test]
fn the_order_in_one_delivery_counts() {
    let world = World::new();
    let events: Vec<Value> = [
        created(1, "Milk"),
        created(2, "Milk"),
        task("updated", 1, &json!({ "title": "Bread" })),
        task("deleted", 2, &json!({ "title": "Milk" })),
        created(3, "Milk"),
    ]
    .iter()
    .map(|event| world.next(event))
    .collect();
    let mut replayed = events.clone();
    replayed.reverse();
    world.hear_all(&replayed);
    assert_eq!(world.found("milk"), [3]);
    assert_eq!(world.found("bread"), [1]);
}

#[test]
fn of_a_foreign_publisher_who_does_not_count_the_time_decides() {
    let world = World::new();
    let at = |what: &str, title: &str, minute: u8| {
        let mut event = task(what, 1, &json!({ "title": title }));
        event["timestamp"] = json!(format!("2026-01-15T12:{minute:02}:00Z"));
        wrapped_by_dapr(&event)
    };
    world.hear(&at("created", "First", 1));
    world.hear(&at("updated", "Third", 3));
    world.hear(&at("updated", "Second", 2));
    assert_eq!(world.found("third"), [1]);
    world.hear(&at("deleted", "Third", 4));
    world.hear(&at("updated", "Third", 3));
    assert_eq!(world.found("third"), [0; 0]);
}

#[test]
fn the_same_number_of_two_users_is_two_tasks() {
    let world = World::new();
    let mut bobs = created(1, "Bread");
    bobs["user_id"] = json!("bob");
    world.hear_all(&[world.next(&created(1, "Milk")), world.next(&bobs)]);
    let mut gone = task("deleted", 1, &json!({ "title": "Bread" }));
    gone["user_id"] = json!("bob");
    world.happens(&gone);
    assert_eq!(world.found("milk"), [1]);
    assert_eq!(ids(&world.search("bob", "bread", "")), [0; 0]);
}
