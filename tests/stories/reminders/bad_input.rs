//! Reminders that cannot be had, and callbacks that are none.

use super::{audited, from_now, job_data, job_of, only_reminder, task_that_rings_in, text};
use crate::harness::{APP_TOKEN, App, eventually};
use chrono::TimeDelta;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_cannot_be_is_refused_by_the_field() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice
        .post("/api/tasks", &json!({ "title": "Undated" }))
        .await
        .expect(201);
    let reminders = format!("{}/reminders", task.header("location"));
    let past = text(from_now(TimeDelta::seconds(-1)));
    for (body, pointer) in [
        (json!({ "remind_at": past }), "/remind_at"),
        (json!({ "remind_at": "tomorrow" }), "/remind_at"),
        (json!({ "remind_at": "2031-01-01T00:00:00" }), "/remind_at"),
        (json!({ "remind_at": 1 }), "/remind_at"),
        (json!({ "before": "PT1H" }), "/before"),
        (json!({ "before": "an hour" }), "/before"),
        (json!({ "before": "P1M" }), "/before"),
        (json!({}), ""),
        (
            json!({ "remind_at": "2031-01-01T00:00:00Z", "before": "PT1H" }),
            "",
        ),
        (
            json!({ "remind_at": "2031-01-01T00:00:00Z", "sound": "loud" }),
            "/sound",
        ),
        (json!([]), ""),
    ] {
        let answer = alice.post(&reminders, &body).await.expect(422);
        assert_eq!(answer.json["errors"][0]["pointer"], pointer, "{body}");
        // The same with a new task.
        let new = json!({ "title": "x", "reminders": [body] });
        let answer = alice.post("/api/tasks", &new).await.expect(422);
        assert_eq!(
            answer.json["errors"][0]["pointer"],
            format!("/reminders/0{pointer}"),
            "{new}"
        );
    }
    let answer = alice
        .patch(task.header("location"), &json!({ "reminders": [] }))
        .await
        .expect(422);
    assert_eq!(answer.json["errors"][0]["pointer"], "/reminders");
    let shown = alice.get(task.header("location")).await.expect(200);
    assert_eq!(shown.json, task.json, "nothing changed");
    assert_eq!(
        audited(&alice, "reminder.scheduled").await,
        [json!(null); 0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_twenty_first_is_one_too_many() {
    let app = App::start().await;
    let alice = app.user("alice");
    let one = json!({ "remind_at": "2031-01-01T00:00:00Z" });
    let many = |count: usize| json!({ "title": "x", "reminders": vec![one.clone(); count] });
    alice.post("/api/tasks", &many(21)).await.expect(422);
    let task = alice.post("/api/tasks", &many(20)).await.expect(201);
    let ids: std::collections::BTreeSet<i64> = task.json["reminders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reminder| reminder["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids.len(), 20);
    let path = format!("{}/reminders", task.header("location"));
    alice.post(&path, &one).await.expect(422);
    let first = ids.first().unwrap();
    alice
        .delete(&format!("/api/reminders/{first}"))
        .await
        .expect(204);
    alice.post(&path, &one).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_users_reminders_read_like_none() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let (task, _) = task_that_rings_in(&alice, TimeDelta::hours(1)).await;
    let reminders = format!("/api/tasks/{}/reminders", task["id"]);
    let one = format!("/api/reminders/{}", only_reminder(&task));
    let body = json!({ "remind_at": "2031-01-01T00:00:00Z" });
    bob.post(&reminders, &body).await.expect(404);
    bob.get(&reminders).await.expect(404);
    bob.get(&one).await.expect(404);
    bob.delete(&one).await.expect(404);
    for id in ["0", "abc", "9007199254740992"] {
        alice.get(&format!("/api/reminders/{id}")).await.expect(404);
    }
    alice.get(&one).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_task_takes_no_reminder() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (task, _) = task_that_rings_in(&alice, TimeDelta::hours(1)).await;
    let path = format!("/api/tasks/{}", task["id"]);
    alice
        .post(&format!("{path}/complete"), &json!(null))
        .await
        .expect(200);
    let body = json!({ "remind_at": "2031-01-01T00:00:00Z" });
    let answer = alice
        .post(&format!("{path}/reminders"), &body)
        .await
        .expect(422);
    assert!(answer.text.contains("reopen"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_is_none_rings_nothing() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (task, _) = task_that_rings_in(&alice, TimeDelta::hours(1)).await;
    let reminder = only_reminder(&task);
    let path = format!("/job/{}", job_of(reminder));
    let sidecar = app.anyone().with("dapr-api-token", APP_TOKEN);
    eventually("reminder-trigger has heard of it", async || {
        let answer = sidecar.post(&path, &job_data(reminder)).await;
        (answer.status == 425).then_some(())
    })
    .await;

    let guessed = app.anyone().with("dapr-api-token", "guessed");
    for client in [&app.anyone(), &guessed, &alice] {
        client.post(&path, &job_data(reminder)).await.expect(401);
    }
    sidecar.post(&path, &job_data(reminder)).await.expect(425);
    sidecar.post(&path, &job_data(1)).await.expect(404);
    let his = json!({ "user_id": "bob", "reminder_id": reminder });
    sidecar.post(&path, &his).await.expect(404);
    for (body, status) in [
        ("", 400),
        ("ring", 400),
        ("null", 422),
        ("[]", 422),
        ("{}", 422),
    ] {
        sidecar
            .raw("POST", &path, "application/json", body)
            .await
            .expect(status);
    }
    alice
        .delete(&format!("/api/reminders/{reminder}"))
        .await
        .expect(204);
    eventually("a cancelled one is answered as done", async || {
        let answer = sidecar.post(&path, &job_data(reminder)).await;
        (answer.status == 200).then(|| assert_eq!(answer.header("duebell-outcome"), "cancelled"))
    })
    .await;
    assert_eq!(audited(&alice, "reminder.due").await, [Value::Null; 0]);
}
