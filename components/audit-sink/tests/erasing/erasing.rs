//! A user is erased: the chain stays, and what it told does not.

use crate::harness::{TOKEN, World, erasure_of, verified};
use duebell_fakes::files_with;
use serde_json::json;

fn busy() -> World {
    let world = World::new();
    for number in 0..5 {
        world.make("alice", &format!("Zebracrossing {number}"));
        world.make("bob", &format!("Bicycle {number}"));
    }
    world
}

#[test]
fn the_chain_of_an_erased_user_verifies_and_ends_by_saying_so() {
    let world = busy();
    let head = verified(&world.chain("alice")).head();
    let bobs = world.chain("bob");
    assert_eq!(
        world.erase("alice"),
        (200, json!({ "done": true, "waiting_for": null }))
    );
    for text in ["alice", "Zebracrossing"] {
        assert_eq!(files_with(world.folder.path(), text), [""; 0], "{text}");
    }
    let name = format!("erased:{}", erasure_of("alice"));
    let chain = world.chain(&name);
    let export = verified(&chain);
    assert_eq!((export.entries(), export.erased()), (5, 5));
    assert_eq!(export.head(), head);
    assert!(world.chain("alice").is_empty());
    assert_eq!(world.chain("bob"), bobs);

    // task-api says so when nothing is left anywhere.
    world.hear(
        "audit-events",
        &json!({
            "event_type": "user.erased", "user_id": name, "actor": "root",
            "details": { "erasure_id": erasure_of("alice") },
            "timestamp": "2026-01-15T12:00:00Z", "correlation_id": "the-last",
        }),
    );
    let chain = world.chain(&name);
    let export = verified(&chain);
    assert_eq!((export.entries(), export.erased()), (6, 5));
    let last = chain.last().unwrap();
    assert_eq!(last["previous_hash"], head.to_string());
    assert_eq!(last["event"]["event_type"], "user.erased");
    assert_eq!(last["event"]["actor"], "root");
}

#[test]
fn what_comes_late_is_not_kept_and_a_second_order_changes_nothing() {
    let world = busy();
    world.erase("alice");
    world.make("alice", "Zebracrossing");
    assert_eq!(world.erase("alice").1["done"], true);
    let name = format!("erased:{}", erasure_of("alice"));
    assert_eq!(world.chain(&name).len(), 5);
    assert!(world.chain("alice").is_empty());
    assert_eq!(files_with(world.folder.path(), "Zebracrossing"), [""; 0]);
    // Nor is it for a user of whom nothing was known.
    assert_eq!(world.erase("carol").1["done"], true);
    world.make("carol", "Zebracrossing");
    assert_eq!(files_with(world.folder.path(), "carol"), [""; 0]);
}

#[test]
fn an_erased_user_is_refused_and_nobody_can_be_one() {
    let world = busy();
    world.erase("alice");
    let (status, problem) = world.get("alice", "", "/api/audit");
    assert_eq!(
        (status, &problem["type"]),
        (403, &json!("https://duebell.dev/problems/user-erased"))
    );
    let name = format!("erased:{}", erasure_of("alice"));
    let path = format!("/api/audit?user_id={name}");
    assert_eq!(world.get("bob", "", &path).0, 403);
    let order = json!({ "erasure_id": "1", "user_id": name });
    assert_eq!(
        world.post("/internal/audit-sink/erasures", &order, TOKEN).0,
        400
    );
}

#[test]
fn the_database_refuses_every_other_change() {
    let world = busy();
    let database = world.database();
    let refused = |statement: &str| {
        let error = database.execute(statement, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    };
    for statement in [
        "DELETE FROM entries",
        "UPDATE entries SET event = '{}'",
        "UPDATE entries SET salt = NULL, event = NULL",
        "UPDATE entries SET user_id = 'bob' WHERE user_id = 'alice'",
        "UPDATE entries SET user_id = 'erased:1', salt = NULL, event = NULL",
    ] {
        refused(statement);
    }
    // An erasure is noted and under way: its user's entries go all the way, or not at all.
    database
        .execute(
            "INSERT INTO erased_users (hash, erasure_id, noted_at) VALUES (x'00', '1', 0)",
            [],
        )
        .unwrap();
    for statement in [
        "UPDATE entries SET user_id = 'erased:1'",
        "UPDATE entries SET user_id = 'erased:1', salt = NULL",
        "UPDATE entries SET user_id = 'erased:1', event = NULL",
        "UPDATE entries SET user_id = 'erased:2', salt = NULL, event = NULL",
        "UPDATE entries SET user_id = 'erased:1', salt = NULL, event = NULL, hash = ''",
        "UPDATE entries SET user_id = 'erased:1', salt = NULL, event = NULL, sealed = '{}'",
        "UPDATE entries SET user_id = 'erased:1', salt = NULL, event = NULL, number = number + 9",
        "UPDATE entries SET user_id = 'erased:1', salt = NULL, event = NULL, task_id = 99",
        "UPDATE entries SET user_id = 'erased:1', salt = NULL, event = NULL, recorded_at = 0",
        "UPDATE entries SET user_id = 'erased:1', salt = NULL, event = NULL, event_type = 'x'",
    ] {
        refused(statement);
    }
    let erased = "UPDATE entries SET user_id = 'erased:1', salt = NULL, event = NULL
                  WHERE user_id = 'alice'";
    assert_eq!(database.execute(erased, []).unwrap(), 5);
    // Not into another's, and not once it is over.
    refused("UPDATE entries SET user_id = 'erased:1' WHERE user_id = 'erased:1' AND number = 1");
    database
        .execute("UPDATE erased_users SET done_at = 1", [])
        .unwrap();
    refused(
        "UPDATE entries SET user_id = 'erased:1', salt = NULL, event = NULL WHERE user_id = 'bob'",
    );
}

#[test]
fn only_task_api_orders_it() {
    let world = busy();
    let order = json!({ "erasure_id": "1", "user_id": "alice" });
    let path = "/internal/audit-sink/erasures";
    assert_eq!(world.post(path, &order, "guessed").0, 401);
    assert_eq!(world.chain("alice").len(), 5);
}
