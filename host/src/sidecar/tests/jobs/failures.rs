use serde_json::{Value, json};

use super::{story, story_by};
use crate::sidecar::clock::{self, Clock};
use crate::sidecar::tests::app::{HELD, HELD_TO_FAIL, SILENCE};
use crate::sidecar::tests::{Files, Story, TestApp};

/// Tried again at once, so often.
fn retries(max_retries: u32) -> Value {
    json!({ "constant": { "interval": "0.02s", "maxRetries": max_retries } })
}

/// The job `bad` fails with this status, everything else is taken.
fn bad_fails(story: &Story, status: u16) {
    story.app.answers(move |call| {
        let is_bad = call.path == "/job/bad";
        (if is_bad { status } else { 200 }, String::new())
    });
}

#[tokio::test]
async fn any_success_and_404_are_the_end_of_a_tick() {
    let story = story().await;
    for status in [200, 204, 299, 404] {
        bad_fails(&story, status);
        story.schedule("bad", json!({ "dueTime": "0" })).await;
        story.next_job("bad").await;
        story.until_gone("bad").await;
    }
    story.nothing_but("other").await;
}

#[tokio::test]
async fn a_failed_job_is_tried_again_as_often_as_its_policy_says() {
    let story = story().await;
    for status in [500, 400, 301, 429] {
        bad_fails(&story, status);
        story
            .schedule(
                "bad",
                json!({ "dueTime": "0", "failurePolicy": retries(2) }),
            )
            .await;
        for _ in 0..3 {
            story.next_job("bad").await;
        }
        story.until_gone("bad").await;
        story.nothing_but("other").await;
        story.until_gone("other").await;
    }
}

#[tokio::test]
async fn without_a_policy_it_is_three_retries_a_second_apart() {
    let story = story().await;
    bad_fails(&story, 503);
    story.schedule("bad", json!({ "dueTime": "0" })).await;
    story.next_job("bad").await;
    let first = clock::now_millis();
    for retry in 1..=3 {
        story.next_job("bad").await;
        let after = clock::now_millis() - first;
        assert!(
            after >= retry * 1_000 - 50,
            "retry {retry} after {after} ms"
        );
    }
    story.until_gone("bad").await;
}

#[tokio::test]
async fn without_a_limit_it_is_tried_until_it_succeeds() {
    let story = story().await;
    bad_fails(&story, 500);
    let endless = json!({ "constant": { "interval": "0.005s" } });
    story
        .schedule("bad", json!({ "dueTime": "0", "failurePolicy": endless }))
        .await;
    for _ in 0..20 {
        story.next_job("bad").await;
    }
    bad_fails(&story, 200);
    story.until_gone("bad").await;
}

#[tokio::test]
async fn a_dropped_tick_ends_a_single_job_and_a_recurring_one_goes_on() {
    let story = story().await;
    bad_fails(&story, 500);
    let drop = json!({ "drop": {} });
    story
        .schedule("bad", json!({ "dueTime": "0", "failurePolicy": drop }))
        .await;
    story.next_job("bad").await;
    story.until_gone("bad").await;
    for policy in [drop, retries(1)] {
        let calls = if policy.get("drop").is_some() { 2 } else { 4 };
        story
            .schedule(
                "bad",
                json!({ "schedule": "@every 200ms", "repeats": 2, "failurePolicy": policy }),
            )
            .await;
        for _ in 0..calls {
            story.next_job("bad").await;
        }
        story.until_gone("bad").await;
        story.nothing_but("other").await;
        story.until_gone("other").await;
    }
}

#[tokio::test]
async fn a_broken_connection_is_a_failed_attempt() {
    let mut story = story().await;
    let mut is_first = true;
    story.app.answers(move |_| {
        let silent = std::mem::take(&mut is_first);
        (if silent { SILENCE } else { 500 }, String::new())
    });
    story
        .schedule(
            "bad",
            json!({ "dueTime": "0", "failurePolicy": retries(1) }),
        )
        .await;
    story.next_job("bad").await;
    story.app.goes_away();
    story.until_app_is_missed().await;
    story.app.comes_back().await;
    story.next_job("bad").await;
    story.until_gone("bad").await; // The second was its last.
}

#[tokio::test]
async fn while_the_app_is_away_jobs_are_held_and_no_attempt_counts() {
    let mut story = story().await;
    story.app.goes_away();
    let drop = json!({ "drop": {} });
    for n in 0..100 {
        let job = json!({ "dueTime": "0", "failurePolicy": drop });
        story.schedule(&format!("j{n}"), job).await;
    }
    story
        .schedule(
            "every",
            json!({ "schedule": "@every 100ms", "repeats": 2, "failurePolicy": drop }),
        )
        .await;
    story.until_app_is_missed().await;
    story.app.comes_back().await;
    let mut paths = Vec::new();
    for _ in 0..102 {
        paths.push(story.app.next().await.path);
    }
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 101, "each once, and one of them twice");
    story.until_gone("every").await;
}

#[tokio::test]
async fn while_the_app_is_not_healthy_jobs_are_held() {
    let app = TestApp::start(Value::Null).await;
    app.is_healthy(false);
    let story = Story::beside(app, Files::new(), Clock::system()).await;
    story.schedule("first", json!({ "dueTime": "0" })).await;
    story.schedule("second", json!({ "dueTime": "0" })).await;
    assert!(!*story.sidecar.subscribed().borrow());
    assert!(story.app.so_far().await.is_empty());
    story.app.is_healthy(true);
    let mut paths = [story.app.next().await.path, story.app.next().await.path];
    paths.sort();
    assert_eq!(paths, ["/job/first", "/job/second"]);
}

#[tokio::test]
async fn the_result_of_an_old_call_does_not_touch_the_new_job() {
    for old in [HELD, HELD_TO_FAIL] {
        let story = story().await;
        story.app.answers(move |call| {
            let is_old = call.body == "\"old\"";
            (if is_old { old } else { 200 }, String::new())
        });
        let policy = json!({ "constant": { "maxRetries": 0 } });
        for name in ["overwritten", "again", "deleted"] {
            let job = json!({ "dueTime": "0", "data": "old", "failurePolicy": policy });
            story.schedule(name, job).await;
            story.next_job(name).await;
        }
        let (status, _) = story
            .job(http::Method::POST, "again", r#"{"dueTime":"1h","data":1}"#)
            .await;
        assert_eq!(status, 409, "a job is there until its call has ended");
        story
            .schedule("overwritten", json!({ "dueTime": "1h", "overwrite": true }))
            .await;
        story
            .schedule(
                "again",
                json!({ "dueTime": "0", "data": "new", "overwrite": true }),
            )
            .await;
        assert_eq!(story.next_job("again").await.json(), "new");
        story.until_gone("again").await;
        story.delete_job("deleted").await;
        story.app.lets_go();
        let story = story.restart().await; // When it has ended, all results are written.
        story.nothing_but("after").await;
        assert!(story.has_job("overwritten").await);
        assert!(!story.has_job("deleted").await);
        assert!(story.app.so_far().await.is_empty());
    }
}

#[tokio::test]
async fn a_job_is_called_once_at_a_time() {
    let story = story_by(Clock::system()).await;
    story.app.answers(|call| {
        let is_slow = call.path == "/job/slow";
        (if is_slow { HELD } else { 200 }, String::new())
    });
    story
        .schedule("slow", json!({ "schedule": "@every 10ms", "repeats": 5 }))
        .await;
    story.next_job("slow").await;
    for n in 0..10 {
        story.nothing_but(&format!("n{n}")).await;
    }
    story.app.lets_go();
    for _ in 0..4 {
        story.next_job("slow").await;
    }
    story.until_gone("slow").await;
}
