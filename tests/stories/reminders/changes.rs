//! What changes of a task do to its reminders.

use super::{notifications, only_reminder, task_that_rings_in, wait_for};
use crate::{
    audit::whole_audit,
    harness::{App, Client, eventually},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

async fn dated(user: &Client) -> Value {
    let body = json!({
        "title": "Submit report", "due_date": "2031-03-30T12:00:00+02:00",
        "time_zone": "Europe/Berlin",
        "reminders": [{ "before": "P1D" }, { "before": "PT24H" }, { "remind_at": "2031-03-01T08:00:00Z" }],
    });
    user.post("/api/tasks", &body).await.expect(201).json
}

/// When a task's reminders ring.
fn times(task: &Value) -> Vec<&str> {
    let reminders = task["reminders"].as_array().unwrap();
    reminders
        .iter()
        .map(|reminder| reminder["remind_at"].as_str().unwrap())
        .collect()
}

/// What the audit has of reminders: event type and time, in order.
async fn told(user: &Client, count: usize) -> Vec<(String, String)> {
    eventually(&format!("{count} events of reminders"), async || {
        let events: Vec<_> = whole_audit(user)
            .await
            .into_iter()
            .filter(|item| item["topic"] == "reminder-events")
            .map(|item| {
                let text = |name: &str| item["event"][name].as_str().unwrap().to_owned();
                (text("event_type"), text("remind_at"))
            })
            .collect();
        (events.len() >= count).then_some(events)
    })
    .await
}

fn event(what: &str, remind_at: &str) -> (String, String) {
    (format!("reminder.{what}"), remind_at.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn relative_reminders_follow_the_due_date_and_others_stay() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = dated(&alice).await;
    // That day has 23 hours in Berlin.
    let first = [
        "2031-03-01T08:00:00.000Z",
        "2031-03-29T10:00:00.000Z",
        "2031-03-29T11:00:00.000Z",
    ];
    assert_eq!(times(&task), first);

    let path = format!("/api/tasks/{}", task["id"]);
    let moved = alice
        .patch(&path, &json!({ "due_date": "2031-04-10T10:00:00Z" }))
        .await
        .expect(200);
    assert_eq!(
        times(&moved.json),
        [
            "2031-03-01T08:00:00.000Z",
            "2031-04-09T10:00:00.000Z",
            "2031-04-09T10:00:00.000Z",
        ]
    );
    let ids = |task: &Value| -> Vec<i64> {
        let reminders = task["reminders"].as_array().unwrap();
        reminders
            .iter()
            .map(|reminder| reminder["id"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(
        ids(&moved.json)[0],
        ids(&task)[0],
        "one that stays keeps its id"
    );
    assert!(
        ids(&moved.json)[1..]
            .iter()
            .all(|id| !ids(&task).contains(id))
    );

    let events = told(&alice, 8).await;
    assert_eq!(events.len(), 8);
    let count = |what: &str, at: &str| {
        let wanted = event(what, at);
        events.iter().filter(|told| **told == wanted).count()
    };
    assert_eq!(count("cancelled", "2031-03-29T10:00:00Z"), 1);
    assert_eq!(count("cancelled", "2031-03-29T11:00:00Z"), 1);
    assert_eq!(count("scheduled", "2031-04-09T10:00:00Z"), 2);
    assert_eq!(
        count("scheduled", "2031-03-01T08:00:00Z"),
        2,
        "told again, with the new due date"
    );
    // Without a due date there is nothing to be before.
    let undated = alice.patch(&path, &json!({ "due_date": null })).await;
    assert_eq!(times(&undated.json), ["2031-03-01T08:00:00.000Z"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_new_time_is_past_rings_at_once_with_the_new_title() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = dated(&alice).await;
    let path = format!("/api/tasks/{}", task["id"]);
    alice
        .patch(
            &path,
            &json!({ "title": "Submit it now", "due_date": "2026-01-02T12:00:00Z" }),
        )
        .await
        .expect(200);
    let items = notifications(&alice, 2).await;
    assert!(items.iter().all(|item| item["title"] == "Submit it now"));
}

#[tokio::test(flavor = "multi_thread")]
async fn completing_cancels_what_has_still_to_ring_and_reopening_brings_it_back() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = dated(&alice).await;
    let path = format!("/api/tasks/{}", task["id"]);
    let completed = alice.post(&format!("{path}/complete"), &json!(null)).await;
    assert_eq!(completed.json["reminders"], json!([]));
    assert_eq!(wait_for(&alice, "reminder.cancelled", 3).await.len(), 3);
    let reopened = alice.post(&format!("{path}/reopen"), &json!(null)).await;
    assert_eq!(times(&reopened.json), times(&task));
    assert_eq!(wait_for(&alice, "reminder.scheduled", 6).await.len(), 6);
    let again = alice.post(&format!("{path}/reopen"), &json!(null)).await;
    assert_eq!(again.json, reopened.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_does_not_ring() {
    let app = App::start().await;
    let alice = app.user("alice");
    let soon = TimeDelta::seconds(3);
    let (removed, _) = task_that_rings_in(&alice, soon).await;
    let (completed, _) = task_that_rings_in(&alice, soon).await;
    let (deleted, _) = task_that_rings_in(&alice, soon).await;
    alice
        .delete(&format!("/api/reminders/{}", only_reminder(&removed)))
        .await
        .expect(204);
    alice
        .post(
            &format!("/api/tasks/{}/complete", completed["id"]),
            &json!(null),
        )
        .await
        .expect(200);
    alice
        .delete(&format!("/api/tasks/{}", deleted["id"]))
        .await
        .expect(204);
    // One that rings after all of them would have.
    let (rings, _) = task_that_rings_in(&alice, soon + TimeDelta::seconds(1)).await;
    let items = notifications(&alice, 1).await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["task_id"], rings["id"]);
    assert_eq!(wait_for(&alice, "reminder.due", 1).await.len(), 1);
    assert_eq!(wait_for(&alice, "reminder.cancelled", 3).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_is_added_shown_listed_and_removed() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = dated(&alice).await;
    let path = format!("/api/tasks/{}", task["id"]);
    let reminders = format!("{path}/reminders");
    let keyed = alice.with("idempotency-key", "the-first");
    let added = keyed
        .post(&reminders, &json!({ "before": "PT1H" }))
        .await
        .expect(201);
    let again = keyed
        .post(&reminders, &json!({ "before": "PT1H" }))
        .await
        .expect(201);
    assert_eq!(added.json, again.json);
    assert_eq!(added.json["remind_at"], "2031-03-30T09:00:00.000Z");
    let one = added.header("location").to_owned();
    assert_eq!(alice.get(&one).await.expect(200).json, added.json);

    let shown = alice.get(&path).await.expect(200);
    assert_eq!(shown.header("etag"), "\"v2\"", "it is a change of the task");
    let listed = alice.get(&reminders).await.expect(200);
    assert_eq!(listed.json["items"], shown.json["reminders"]);
    assert_eq!(listed.json["next_cursor"], Value::Null);
    let page = alice.get(&format!("{reminders}?limit=3")).await.expect(200);
    let cursor = page.json["next_cursor"].as_str().unwrap();
    let rest = alice
        .get(&format!("{reminders}?limit=3&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(rest.json["items"], json!([added.json]));
    let list = alice.get("/api/tasks").await.expect(200);
    assert_eq!(list.json["items"][0], shown.json);

    let stale = alice.with("if-match", "\"v1\"");
    stale.delete(&one).await.expect(412);
    stale
        .post(&reminders, &json!({ "before": "PT2H" }))
        .await
        .expect(412);
    alice.delete(&one).await.expect(204);
    alice.delete(&one).await.expect(404);
    alice.get(&one).await.expect(404);
    let left = alice.get(&path).await.expect(200);
    assert_eq!(left.json["reminders"], task["reminders"]);
    alice.delete(&path).await.expect(204);
    alice
        .get(&format!("/api/reminders/{}", task["reminders"][0]["id"]))
        .await
        .expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_and_settling_empty_the_unread() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (first, _) = task_that_rings_in(&alice, TimeDelta::seconds(1)).await;
    task_that_rings_in(&alice, TimeDelta::seconds(1)).await;
    let items = notifications(&alice, 2).await;
    let other = items
        .iter()
        .find(|item| item["task_id"] != first["id"])
        .unwrap();
    alice
        .post(
            &format!("/api/notifications/{}/read", other["id"]),
            &json!(null),
        )
        .await
        .expect(200);
    alice
        .post(
            &format!("/api/tasks/{}/complete", first["id"]),
            &json!(null),
        )
        .await
        .expect(200);
    eventually("nothing is unread", async || {
        let page = alice.get("/api/notifications").await.expect(200);
        (page.json["unread_count"] == 0).then_some(())
    })
    .await;
    let items = notifications(&alice, 2).await;
    let settled = items
        .iter()
        .find(|item| item["task_id"] == first["id"])
        .unwrap();
    assert!(settled["settled_at"].is_string() && settled["read_at"].is_null());
}
