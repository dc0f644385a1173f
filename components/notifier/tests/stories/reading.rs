//! Reading: one, all that were seen, in pages, and what cannot be read.

use crate::harness::{World, reminder, task};
use chrono::TimeDelta;
use http::{Method, Request};
use serde_json::{Value, json};

/// A world in which reminders 1, 2 and 3 rang, a minute apart.
fn three() -> World {
    let world = World::new();
    for number in 1..=3 {
        world.ring(&reminder("due", number));
        world.advance(TimeDelta::minutes(1));
    }
    world
}

#[test]
fn one_that_is_read_stays_listed_and_says_when() {
    let world = three();
    let id = world.items()[1]["id"].clone();
    let path = format!("/api/notifications/{id}/read");
    let read = world.post("alice", &path, &Value::Null);
    assert_eq!(read.status, 200);
    assert_eq!(read.json["read_at"], "2026-01-15T12:03:00.000Z");
    world.advance(TimeDelta::minutes(1));
    let again = world.post("alice", &path, &Value::Null);
    assert_eq!(again.json, read.json, "when it was first read stays");
    assert_eq!(world.items().len(), 3);
    assert_eq!(world.unread(), 2);
    let shown = world.get("alice", &format!("/api/notifications/{id}"));
    assert_eq!(shown.json, read.json);
}

#[test]
fn all_that_were_seen_are_read_and_what_came_since_is_not() {
    let world = three();
    let seen = world.items()[1]["id"].clone();
    let read = world.post(
        "alice",
        "/api/notifications/read",
        &json!({ "through": seen }),
    );
    assert_eq!(
        (read.status, &read.json),
        (200, &json!({ "unread_count": 1 }))
    );
    assert_eq!(world.items()[0]["read_at"], Value::Null);
    assert_ne!(world.items()[1]["read_at"], Value::Null);
}

#[test]
fn lists_are_filtered_and_paged_the_newest_first() {
    let world = three();
    let numbers = |path: &str| {
        let page = world.get("alice", path);
        assert_eq!(page.status, 200, "{path}");
        let items = page.json["items"].as_array().unwrap().clone();
        let numbers: Vec<u64> = items
            .iter()
            .map(|item| item["reminder_id"].as_u64().unwrap())
            .collect();
        (numbers, page.json["next_cursor"].clone())
    };
    let id = world.items()[0]["id"].clone();
    world.post(
        "alice",
        &format!("/api/notifications/{id}/read"),
        &Value::Null,
    );
    assert_eq!(numbers("/api/notifications").0, [3, 2, 1]);
    assert_eq!(numbers("/api/notifications?unread=true").0, [2, 1]);
    assert_eq!(numbers("/api/notifications?unread=false").0, [3]);
    let (first, cursor) = numbers("/api/notifications?limit=2");
    assert_eq!(first, [3, 2]);
    let cursor = cursor.as_str().unwrap();
    let (second, end) = numbers(&format!("/api/notifications?limit=2&cursor={cursor}"));
    assert_eq!((second, end), (vec![1], Value::Null));
    let other = world.get(
        "alice",
        &format!("/api/notifications?unread=true&cursor={cursor}"),
    );
    assert_eq!(other.status, 400, "a cursor belongs to its list");
    world.task(&task("completed", true));
    assert_eq!(numbers("/api/notifications?unread=false").0, [3, 2, 1]);
}

#[test]
fn what_cannot_be_taken_is_named_and_changes_nothing() {
    let world = three();
    for (path, status) in [
        ("/api/notifications?unread=maybe", 400),
        ("/api/notifications?limit=201", 400),
        ("/api/notifications?cursor=made-up", 400),
        ("/api/notifications?all=1", 400),
        ("/api/notifications/0", 404),
        ("/api/notifications/9007199254740992", 404),
        ("/api/notifications/abc", 404),
        ("/api/notifications/read", 405),
    ] {
        assert_eq!(world.get("alice", path).status, status, "{path}");
    }
    for (body, status) in [
        (json!({}), 422),
        (json!({ "through": 0 }), 422),
        (json!({ "through": "1" }), 422),
        (json!({ "through": 1, "also": 2 }), 422),
        (json!([1]), 422),
    ] {
        let answer = world.post("alice", "/api/notifications/read", &body);
        assert_eq!(answer.status, status, "{body}");
    }
    let unknown = world.post("alice", "/api/notifications/1/read", &Value::Null);
    assert_eq!(unknown.status, 404);
    assert_eq!(world.unread(), 3);
}

#[test]
fn routes_are_closed_to_whom_they_are_not_for() {
    let world = three();
    for (method, path) in [
        (Method::GET, "/api/notifications"),
        (Method::GET, "/api/notifications/1"),
        (Method::POST, "/api/notifications/1/read"),
        (Method::POST, "/api/notifications/read"),
        (Method::POST, "/events/notifier/reminder-events"),
        (Method::POST, "/events/notifier/task-events"),
        (Method::POST, "/sweep-notifier"),
        (
            Method::GET,
            "/internal/notifier/outbox/heads?topic=task-updates",
        ),
        (
            Method::GET,
            "/internal/notifier/outbox/events?topic=task-updates",
        ),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("dapr-api-token", "guessed")
            .header("authorization", "Bearer guessed");
        let answer = world.send(request.body(bytes::Bytes::new()).unwrap());
        assert_eq!(answer.status, 401, "{path}");
    }
}
