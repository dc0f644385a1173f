//! Tasks that come again: once, when their rule says so.

use crate::{
    audit::whole_audit,
    harness::{APP_TOKEN, App, Client, eventually},
};
use futures::future::join_all;
use serde_json::{Value, json};

/// A task of this user that comes again.
async fn recurring(user: &Client, title: &str, pattern: &str, due: &str) -> Value {
    let body = json!({
        "title": title, "description": "With rain water.", "priority": "high", "tags": ["home"],
        "due_date": due, "recurring_pattern": pattern, "time_zone": "Europe/Berlin",
    });
    user.post("/api/tasks", &body).await.expect(201).json
}

async fn complete(user: &Client, task: &Value) -> Value {
    let path = format!("/api/tasks/{}/complete", task["id"]);
    user.post(&path, &json!({})).await.expect(200).json
}

/// The user's tasks of this title, those first that are due first.
async fn tasks(user: &Client, title: &str) -> Vec<Value> {
    let page = user.get("/api/tasks?sort=due_date&limit=200").await;
    let items = page.expect(200).json["items"].as_array().unwrap().clone();
    items
        .into_iter()
        .filter(|task| task["title"] == title)
        .collect()
}

/// The one of them that is open, once it is due at this time.
async fn successor(user: &Client, title: &str, due: &str) -> Value {
    eventually(&format!("{title} is due at {due}"), async || {
        let all = tasks(user, title).await;
        let open: Vec<Value> = all
            .into_iter()
            .filter(|task| task["completed"] == false)
            .collect();
        assert!(open.len() <= 1, "more than one successor: {open:?}");
        open.into_iter()
            .next()
            .filter(|task| task["due_date"] == due)
    })
    .await
}

/// Waits until recurrence has done what it was told of this user before.
async fn all_that_was_asked(user: &Client, round: u32) {
    let title = format!("Marker {round}");
    let marker = recurring(user, &title, "daily", "2031-01-01T09:00:00+01:00").await;
    complete(user, &marker).await;
    successor(user, &title, "2031-01-02T08:00:00.000Z").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nine_in_berlin_stays_nine_in_berlin_across_the_change_of_the_clocks() {
    let app = App::start().await;
    let alice = app.user("alice");
    // The clocks go forward on 30 March 2031.
    let first = recurring(&alice, "Water", "daily", "2031-03-28T09:00:00+01:00").await;
    assert_eq!(first["next_occurrence"], "2031-03-29T08:00:00.000Z");
    let mut task = first;
    for due in [
        "2031-03-29T08:00:00.000Z",
        "2031-03-30T07:00:00.000Z",
        "2031-03-31T07:00:00.000Z",
    ] {
        complete(&alice, &task).await;
        task = successor(&alice, "Water", due).await;
        for field in [
            "description",
            "priority",
            "tags",
            "recurring_pattern",
            "time_zone",
        ] {
            assert_eq!(task[field], recurring_field(field), "{field}");
        }
        assert_eq!(task["version"], 1);
    }
    all_that_was_asked(&alice, 1).await;
    assert_eq!(tasks(&alice, "Water").await.len(), 4);
    let created = eventually("each in the audit", async || {
        let items = whole_audit(&alice).await;
        let created = items.iter().filter(|item| {
            item["event"]["event_type"] == "task.created"
                && item["event"]["task_data"]["title"] == "Water"
        });
        Some(created.count()).filter(|count| *count >= 4)
    });
    assert_eq!(created.await, 4);
}

fn recurring_field(field: &str) -> Value {
    match field {
        "description" => json!("With rain water."),
        "priority" => json!("high"),
        "tags" => json!(["home"]),
        "recurring_pattern" => json!("daily"),
        _ => json!("Europe/Berlin"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_asked_twice_or_at_the_same_time_there_is_one_successor() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = recurring(
        &alice,
        "Water",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,FR",
        "2031-03-28T09:00:00+01:00",
    )
    .await;
    let path = format!("/api/tasks/{}/complete", task["id"]);
    let body = json!({});
    join_all((0..10).map(|_| alice.post(&path, &body))).await;
    successor(&alice, "Water", "2031-03-31T07:00:00.000Z").await;
    // Once more, and by the private route at the same time.
    let reopen = format!("/api/tasks/{}/reopen", task["id"]);
    alice.post(&reopen, &body).await.expect(200);
    alice.post(&path, &body).await.expect(200);
    let internal = format!("/internal/task-api/tasks/{}/next-occurrence", task["id"]);
    let component = app.anyone().with("dapr-api-token", APP_TOKEN);
    for answer in join_all((0..10).map(|_| component.post(&internal, &body))).await {
        assert_eq!(answer.expect(200).json, json!({ "outcome": "exists" }));
    }
    all_that_was_asked(&alice, 1).await;
    assert_eq!(tasks(&alice, "Water").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_the_completion_loses_no_successor() {
    let mut app = App::start().await;
    let alice = app.user("alice");
    for round in 0..3 {
        let title = format!("Water {round}");
        let task = recurring(&alice, &title, "yearly", "2032-02-29T09:00:00+01:00").await;
        complete(&alice, &task).await;
        app.kill();
        app.start_again().await;
        // RFC 5545: years that have no 29 February are skipped.
        successor(&alice, &title, "2036-02-29T08:00:00.000Z").await;
        all_that_was_asked(&alice, round).await;
        assert_eq!(tasks(&alice, &title).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_31st_comes_in_months_that_have_one_and_count_ends_the_series() {
    let app = App::start().await;
    let alice = app.user("alice");
    let rule = "FREQ=MONTHLY;COUNT=3";
    let mut task = recurring(&alice, "Rent", rule, "2031-01-31T09:00:00+01:00").await;
    for due in ["2031-03-31T07:00:00.000Z", "2031-05-31T07:00:00.000Z"] {
        complete(&alice, &task).await;
        task = successor(&alice, "Rent", due).await;
    }
    assert_eq!(task["next_occurrence"], Value::Null, "it is the last");
    complete(&alice, &task).await;
    all_that_was_asked(&alice, 1).await;
    assert_eq!(tasks(&alice, "Rent").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_reminders_come_along() {
    let app = App::start().await;
    let alice = app.user("alice");
    let body = json!({
        "title": "Water", "due_date": "2031-03-29T09:00:00+01:00", "time_zone": "Europe/Berlin",
        "recurring_pattern": "daily",
        "reminders": [
            { "before": "PT1H" }, { "before": "PT30M" },
            // The evening before, at nine.
            { "remind_at": "2031-03-28T21:00:00+01:00" },
        ],
    });
    let task = alice.post("/api/tasks", &body).await.expect(201).json;
    let removed = task["reminders"].as_array().unwrap();
    let removed = removed
        .iter()
        .find(|reminder| reminder["before"] == "PT30M")
        .unwrap();
    alice
        .delete(&format!("/api/reminders/{}", removed["id"]))
        .await
        .expect(204);
    complete(&alice, &task).await;
    let next = successor(&alice, "Water", "2031-03-30T07:00:00.000Z").await;
    let times: Vec<&Value> = next["reminders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reminder| &reminder["remind_at"])
        .collect();
    assert_eq!(
        times,
        ["2031-03-29T20:00:00.000Z", "2031-03-30T06:00:00.000Z"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_ends_a_series_ends_it() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = recurring(&alice, "Water", "daily", "2031-03-28T09:00:00+01:00").await;
    complete(&alice, &task).await;
    let open = successor(&alice, "Water", "2031-03-29T08:00:00.000Z").await;
    // The open occurrence is deleted, or no longer comes again.
    alice
        .delete(&format!("/api/tasks/{}", open["id"]))
        .await
        .expect(204);
    let other = recurring(&alice, "Read", "daily", "2031-03-28T09:00:00+01:00").await;
    let once = json!({ "recurring_pattern": null });
    alice
        .patch(&format!("/api/tasks/{}", other["id"]), &once)
        .await
        .expect(200);
    complete(&alice, &other).await;
    all_that_was_asked(&alice, 1).await;
    assert_eq!(tasks(&alice, "Water").await.len(), 1);
    assert_eq!(tasks(&alice, "Read").await.len(), 1);
    // What is completed and then deleted had its successor before that.
    let last = recurring(&alice, "Walk", "daily", "2031-03-28T09:00:00+01:00").await;
    complete(&alice, &last).await;
    alice
        .delete(&format!("/api/tasks/{}", last["id"]))
        .await
        .expect(204);
    successor(&alice, "Walk", "2031-03-29T08:00:00.000Z").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_that_cannot_be_is_refused_when_it_is_written() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (pattern, says) in [
        ("", "daily"),
        ("sometimes", "daily"),
        ("FREQ=SECONDLY", "hour"),
        ("FREQ=MINUTELY;INTERVAL=59", "hour"),
        ("FREQ=HOURLY;BYMINUTE=0,30", "BYMINUTE"),
        ("FREQ=DAILY;COUNT=1000000000", "COUNT"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never"),
        ("FREQ=DAILY;UNTIL=20301231T000000Z", "ends before"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20351231T000000Z", "UNTIL"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER"),
        ("RRULE:RRULE:FREQ=DAILY", "FREQ"),
    ] {
        let body = json!({
            "title": "Never", "due_date": "2031-03-28T09:00:00+01:00", "recurring_pattern": pattern,
        });
        let answer = alice.post("/api/tasks", &body).await.expect(422);
        let error = &answer.json["errors"][0];
        assert_eq!(error["pointer"], "/recurring_pattern", "{pattern}");
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{pattern}: {detail}");
    }
    let no_due_date = json!({ "title": "When?", "recurring_pattern": "daily" });
    alice.post("/api/tasks", &no_due_date).await.expect(422);
    assert_eq!(tasks(&alice, "Never").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_a_component_makes_an_occurrence() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = recurring(&alice, "Water", "daily", "2031-03-28T09:00:00+01:00").await;
    let path = format!("/internal/task-api/tasks/{}/next-occurrence", task["id"]);
    for client in [app.anyone(), alice.clone(), app.operator("root")] {
        client.post(&path, &json!({})).await.expect(401);
        let guessed = client.with("dapr-api-token", "guessed");
        guessed.post(&path, &json!({})).await.expect(401);
    }
    let component = app.anyone().with("dapr-api-token", APP_TOKEN);
    let answer = component.post(&path, &json!({})).await.expect(200);
    assert_eq!(answer.json, json!({ "outcome": "none" }), "it is open");
    for id in ["1", "x", "-1"] {
        let path = format!("/internal/task-api/tasks/{id}/next-occurrence");
        component.post(&path, &json!({})).await.expect(404);
    }
    assert_eq!(tasks(&alice, "Water").await.len(), 1);
}
