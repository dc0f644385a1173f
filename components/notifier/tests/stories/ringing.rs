//! What rings is shown, once, to whom it concerns.

use crate::harness::{World, reminder};
use duebell_fakes::wrapped_by_dapr;
use serde_json::json;

#[test]
fn what_rings_is_one_unread_notification_and_one_update() {
    let world = World::new();
    let due = reminder("due", 789);
    world.ring(&due);
    let [item] = &world.items()[..] else {
        panic!("one notification")
    };
    let id = item["id"].as_i64().unwrap();
    assert_eq!(
        *item,
        json!({
            "id": id, "kind": "reminder", "task_id": 123, "reminder_id": 789,
            "title": "Submit report", "due_at": "2026-01-15T13:00:00Z",
            "remind_at": "2026-01-15T12:00:00Z", "created_at": "2026-01-15T12:00:00.000Z",
            "read_at": null, "settled_at": null,
        })
    );
    assert_eq!(world.unread(), 1);
    assert_eq!(
        *world.sidecar.published.borrow(),
        [json!({
            "event_type": "task.reminder", "task_id": 123, "user_id": "alice",
            "action": "reminder",
            "changes": {
                "notification_id": id, "reminder_id": 789, "title": "Submit report",
                "due_at": "2026-01-15T13:00:00Z", "remind_at": "2026-01-15T12:00:00Z",
            },
            "source_client": null, "timestamp": "2026-01-15T12:00:00Z",
        })]
    );
}

#[test]
fn what_comes_twice_is_shown_once() {
    let world = World::new();
    let event = wrapped_by_dapr(&reminder("due", 789));
    world.hear("reminder-events", &event);
    let again = world.deliver("reminder-events", &event);
    assert_eq!(again.outcome, "already_processed");
    assert_eq!(world.items().len(), 1);
    assert_eq!(world.sidecar.published.borrow().len(), 1);
}

#[test]
fn a_reminder_of_which_nothing_was_known_is_shown() {
    let world = World::new();
    world.hear("reminder-events", &wrapped_by_dapr(&reminder("due", 1)));
    assert_eq!(world.unread(), 1);
}

#[test]
fn scheduling_shows_nothing() {
    let world = World::new();
    world.remind(&reminder("scheduled", 789));
    assert_eq!(world.items(), [json!(null); 0]);
}

#[test]
fn many_at_once_have_ids_of_their_own_and_keep_their_order() {
    let world = World::new();
    let trigger = duebell_fakes::Envelopes::of("/duebell/reminder-trigger");
    let events: Vec<_> = (1..=100)
        .map(|number| trigger.next("reminder-events", &reminder("due", number)))
        .collect();
    world.bulk("reminder-events", &events);
    assert_eq!(world.unread(), 100);
    let mut ids: Vec<_> = world.get("alice", "/api/notifications?limit=200").json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_i64().unwrap())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 100);
    assert!(ids.is_sorted_by(|newer, older| newer > older));
}

#[test]
fn nobody_sees_anothers() {
    let world = World::new();
    world.ring(&reminder("due", 789));
    let id = world.items()[0]["id"].clone();
    let page = world.get("bob", "/api/notifications");
    assert_eq!(page.json["items"], json!([]));
    assert_eq!(page.json["unread_count"], 0);
    let path = format!("/api/notifications/{id}");
    assert_eq!(world.get("bob", &path).status, 404);
    let read = world.post("bob", &format!("{path}/read"), &json!(null));
    assert_eq!(read.status, 404);
    let all = world.post("bob", "/api/notifications/read", &json!({ "through": id }));
    assert_eq!(all.status, 200);
    assert_eq!(world.unread(), 1);
}
