use chrono::{SecondsFormat, TimeDelta};
use serde_json::json;

use super::{Setting, story, story_by};
use crate::sidecar::clock;

#[tokio::test]
async fn a_job_runs_at_its_time_to_the_millisecond_and_once() {
    let story = story().await;
    let due = clock::now() + TimeDelta::milliseconds(1_234);
    let text = due.to_rfc3339_opts(SecondsFormat::Millis, true);
    story.schedule("j", json!({ "dueTime": text })).await;
    assert!(story.has_job("j").await);
    story.next_job("j").await;
    let late = (clock::now() - due).num_milliseconds();
    assert!((0..900).contains(&late), "{late} ms late");
    story.until_gone("j").await;
    story.nothing_but("other").await;
}

#[tokio::test]
async fn a_due_time_that_is_past_is_now() {
    let story = story().await;
    for due in ["2020-01-01T00:00:00Z", "-1h", "0s", "P-1D"] {
        story.schedule("j", json!({ "dueTime": due })).await;
        story.next_job("j").await;
        story.until_gone("j").await;
    }
}

#[tokio::test]
async fn an_earlier_job_does_not_wait_for_a_later_one() {
    let story = story().await;
    story.schedule("later", json!({ "dueTime": "1h" })).await;
    for (due, millis) in [("300ms", 300), ("PT1S", 1_000), ("0", 0)] {
        let begun = clock::now();
        story.schedule("sooner", json!({ "dueTime": due })).await;
        story.next_job("sooner").await;
        let took = (clock::now() - begun).num_milliseconds();
        assert!(took < millis + 900, "{due} took {took} ms");
        story.until_gone("sooner").await;
    }
}

#[tokio::test]
async fn a_schedule_repeats_as_often_as_it_is_asked_to() {
    let story = story().await;
    let begun = clock::now();
    story
        .schedule("j", json!({ "schedule": "@every 200ms", "repeats": 3 }))
        .await;
    for n in 1..=3 {
        story.next_job("j").await;
        let after = (clock::now() - begun).num_milliseconds();
        assert!(after >= n * 200 - 1, "tick {n} after {after} ms");
    }
    story.until_gone("j").await;
    story.nothing_but("other").await;
}

#[tokio::test]
async fn a_schedule_with_a_due_time_starts_there() {
    let story = story().await;
    let begun = clock::now();
    story
        .schedule(
            "j",
            json!({ "schedule": "@every 300ms", "dueTime": "0", "repeats": 2 }),
        )
        .await;
    story.next_job("j").await;
    story.next_job("j").await;
    assert!((clock::now() - begun).num_milliseconds() >= 299);
    story.until_gone("j").await;
}

#[tokio::test]
async fn cron_fields_run_on_the_second() {
    let story = story().await;
    let begun = clock::now_millis();
    story
        .schedule("j", json!({ "schedule": "* * * * * *" }))
        .await;
    story.next_job("j").await;
    story.next_job("j").await;
    let second_tick = begun / 1_000 * 1_000 + 2_000;
    assert!(clock::now_millis() >= second_tick);
    assert!(story.has_job("j").await);
}

#[tokio::test]
async fn a_schedule_ends_with_its_ttl() {
    let story = story().await;
    story
        .schedule(
            "j",
            json!({ "schedule": "@every 100ms", "dueTime": "0", "ttl": "250ms" }),
        )
        .await;
    for _ in 0..3 {
        story.next_job("j").await;
    }
    story.until_gone("j").await;
    story
        .schedule("k", json!({ "schedule": "@every 1h", "ttl": "1m" }))
        .await;
    assert!(!story.has_job("k").await, "it would never run");
    story.nothing_but("other").await;
}

#[tokio::test]
async fn a_deleted_job_does_not_run() {
    let story = story().await;
    story.schedule("j", json!({ "dueTime": "200ms" })).await;
    story.delete_job("j").await;
    story.schedule("after", json!({ "dueTime": "400ms" })).await;
    story.next_job("after").await;
}

#[tokio::test]
async fn an_overwritten_job_runs_as_the_new_one_says() {
    let story = story().await;
    story
        .schedule("j", json!({ "dueTime": "200ms", "data": "old" }))
        .await;
    story
        .schedule(
            "j",
            json!({ "dueTime": "400ms", "data": "new", "overwrite": true }),
        )
        .await;
    assert_eq!(story.next_job("j").await.json(), "new");
    story.until_gone("j").await;
    // In place of one that would run, one that never will.
    story.schedule("j", json!({ "dueTime": "200ms" })).await;
    let never = json!({ "schedule": "@every 1h", "ttl": "1m", "overwrite": true });
    story.schedule("j", never).await;
    story.schedule("after", json!({ "dueTime": "400ms" })).await;
    story.next_job("after").await;
}

#[tokio::test]
async fn the_clock_may_be_set_forward_and_back() {
    let setting = Setting::default();
    let story = story_by(setting.clock()).await;
    story.schedule("j", json!({ "dueTime": "1h" })).await;
    setting.set(61);
    story.next_job("j").await;
    story.schedule("k", json!({ "dueTime": "100ms" })).await;
    setting.set(0);
    // By the real time, which is the clock's again, k is an hour away.
    story.schedule("l", json!({ "dueTime": "300ms" })).await;
    story.next_job("l").await;
    setting.set(62);
    story.next_job("k").await;
}
