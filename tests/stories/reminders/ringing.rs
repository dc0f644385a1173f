//! A reminder rings once, at or after its time, whatever happens on the way.

use super::{
    audited, from_now, job_data, job_of, notifications, only_reminder, task_that_rings_in, text,
    wait_for,
};
use crate::harness::{APP_TOKEN, App, eventually};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_is_scheduled_rings_in_time_and_is_one_unread_notification() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (task, remind_at) = task_that_rings_in(&alice, TimeDelta::seconds(2)).await;
    assert_eq!(task["reminders"][0]["status"], "scheduled");

    let items = notifications(&alice, 1).await;
    assert_eq!(items[0]["task_id"], task["id"]);
    assert_eq!(items[0]["reminder_id"], task["reminders"][0]["id"]);
    assert_eq!(items[0]["title"], "Ring");
    assert!(time(&items[0]["created_at"]) >= time(&json!(remind_at)));
    let page = alice.get("/api/notifications?unread=true").await;
    assert_eq!(page.json["unread_count"], 1);

    let due = wait_for(&alice, "reminder.due", 1).await;
    assert_eq!(time(&due[0]["remind_at"]), time(&json!(remind_at)));
    assert_eq!(wait_for(&alice, "task.created", 1).await.len(), 1);
    assert_eq!(wait_for(&alice, "reminder.scheduled", 1).await.len(), 1);
    let task = alice.get(&format!("/api/tasks/{}", task["id"])).await;
    assert_eq!(task.json["reminders"][0]["status"], "due");
    rings_no_more(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_rings_without_its_job() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (task, _) = task_that_rings_in(&alice, TimeDelta::seconds(10)).await;
    let path = format!("/v1.0/jobs/{}", job_of(only_reminder(&task)));
    let sidecar = app.scheduler_of("reminder-trigger");
    eventually("the job is set", async || {
        (sidecar.get(&path).await.status == 200).then_some(())
    })
    .await;
    sidecar.delete(&path).await.expect(204);
    notifications(&alice, 1).await;
    rings_no_more(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_comes_often_and_at_once_rings_once_and_not_early() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (task, remind_at) = task_that_rings_in(&alice, TimeDelta::seconds(2)).await;
    let reminder = only_reminder(&task);
    wait_for(&alice, "reminder.scheduled", 1).await;

    let sidecar = app.anyone().with("dapr-api-token", APP_TOKEN);
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (sidecar, remind_at) = (sidecar.clone(), remind_at.clone());
            tokio::spawn(async move {
                let path = format!("/job/{}", job_of(reminder));
                eventually("the callback is done", async || {
                    let answer = sidecar.post(&path, &job_data(reminder)).await;
                    if answer.status == 200 {
                        assert!(from_now(TimeDelta::zero()) >= time(&json!(remind_at)));
                        return Some(());
                    }
                    // Or reminder-trigger has not heard of it yet.
                    assert!(matches!(answer.status, 404 | 425), "{}", answer.text);
                    None
                })
                .await;
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    notifications(&alice, 1).await;
    rings_no_more(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_due_and_notified_loses_nothing() {
    let (mut app, proxy) = App::start_proxied().await;
    let alice = app.user("alice");
    task_that_rings_in(&alice, TimeDelta::seconds(2)).await;
    proxy.swallow("/events/notifier/", "reminder.due");
    wait_for(&alice, "reminder.due", 1).await;
    eventually("the notifier was not told", async || {
        (!proxy.swallowed().is_empty()).then_some(())
    })
    .await;
    let before = alice.get("/api/notifications").await;
    assert_eq!(before.json["items"], json!([]));
    app.kill();
    app.start_again().await;
    notifications(&alice, 1).await;
    rings_no_more(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_whose_time_passes_while_all_is_down_rings_afterwards() {
    let mut app = App::start().await;
    let alice = app.user("alice");
    task_that_rings_in(&alice, TimeDelta::seconds(1)).await;
    app.kill();
    let passed = from_now(TimeDelta::seconds(2));
    eventually("its time passes", async || {
        (from_now(TimeDelta::zero()) > passed).then_some(())
    })
    .await;
    app.start_again().await;
    notifications(&alice, 1).await;
    rings_no_more(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_publishers_due_reminder_notifies() {
    let app = App::start().await;
    let event = json!({
        "event_type": "reminder.due", "reminder_id": 789, "task_id": 123, "user_id": "user-456",
        "title": "Submit project report", "due_at": "2026-01-15T14:00:00Z",
        "remind_at": "2026-01-15T13:00:00Z",
        "correlation_id": "660e9500-f30c-52e5-b827-557766551111",
    });
    let topic = "/v1.0/publish/pubsub-kafka/reminder-events";
    for _ in 0..2 {
        app.publisher().publish(topic, &event).await;
    }
    let user = app.user("user-456");
    let items = notifications(&user, 1).await;
    assert_eq!(items[0]["title"], "Submit project report");
    let mut other = event.clone();
    other["correlation_id"] = json!("another");
    app.publisher().publish(topic, &other).await;
    assert_eq!(notifications(&user, 2).await.len(), 2, "twice sent is once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_programs_reminder_is_rung_as_ours_are() {
    let app = App::start().await;
    let remind_at = text(from_now(TimeDelta::seconds(1)));
    let event = json!({
        "event_type": "reminder.scheduled", "reminder_id": 789, "task_id": 123,
        "user_id": "user-456", "title": "Submit project report", "due_at": remind_at,
        "remind_at": remind_at, "correlation_id": "foreign",
    });
    app.publisher()
        .publish("/v1.0/publish/pubsub-kafka/reminder-events", &event)
        .await;
    let user = app.user("user-456");
    let items = notifications(&user, 1).await;
    assert_eq!(items[0]["remind_at"], remind_at.as_str());
}

/// alice's reminder rang once, and does not ring when a later one has.
async fn rings_no_more(app: &App) {
    let alice = app.user("alice");
    let due = wait_for(&alice, "reminder.due", 1).await.len();
    let items = notifications(&alice, 1).await.len();
    assert_eq!((due, items), (1, 1));
    task_that_rings_in(&alice, TimeDelta::seconds(1)).await;
    wait_for(&alice, "reminder.due", 2).await;
    let items = notifications(&alice, 2).await;
    assert_eq!(items.len(), 2);
    assert_eq!(audited(&alice, "reminder.due").await.len(), 2);
}
