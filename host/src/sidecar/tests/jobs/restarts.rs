use std::path::Path;

use serde_json::{Value, json};

use super::{Setting, story, story_by};
use crate::sidecar::tests::app::HELD;
use crate::sidecar::tests::{Files, Story, TestApp};

#[tokio::test]
async fn a_restart_keeps_jobs_and_what_ran_does_not_run_again() {
    let story = story().await;
    story.schedule("ran", json!({ "dueTime": "0" })).await;
    story.next_job("ran").await;
    story
        .schedule("later", json!({ "dueTime": "1h", "data": { "n": 1 } }))
        .await;
    story.schedule("deleted", json!({ "dueTime": "1h" })).await;
    story.delete_job("deleted").await;
    let story = story.restart().await;
    assert!(story.has_job("later").await);
    assert!(!story.has_job("deleted").await);
    assert!(!story.has_job("ran").await);
    story.nothing_but("other").await;
}

#[tokio::test]
async fn what_was_missed_runs_at_once_and_a_recurring_job_catches_up() {
    let setting = Setting::default();
    let mut story = story_by(setting.clock()).await;
    story.schedule("once", json!({ "dueTime": "30m" })).await;
    story
        .schedule(
            "every",
            json!({ "schedule": "@every 10m", "data": "every" }),
        )
        .await;
    story.schedule("later", json!({ "dueTime": "50m" })).await;
    story.app.answers(|_| (HELD, String::new()));
    setting.set(35);
    story.sidecar.shutdown().await;
    story.sidecar = Story::start_by(&story.app, &story.files, story.dir.path(), &story.clock).await;
    let mut paths = [story.app.next().await.path, story.app.next().await.path];
    paths.sort();
    assert_eq!(
        paths,
        ["/job/every", "/job/once"],
        "the other ticks wait for the first"
    );
    story.app.lets_go();
    story.next_job("every").await;
    story.next_job("every").await;
    story.until_gone("once").await;
    story.nothing_but("other").await;
    setting.set(41);
    story.next_job("every").await;
    assert!(story.has_job("later").await);
}

#[tokio::test]
async fn attempts_are_counted_across_a_restart() {
    let story = story().await;
    story.app.answers(|_| (500, String::new()));
    let policy = json!({ "constant": { "interval": "0.5s", "maxRetries": 1 } });
    story
        .schedule("bad", json!({ "dueTime": "0", "failurePolicy": policy }))
        .await;
    story.next_job("bad").await;
    let story = story.restart().await;
    story.next_job("bad").await;
    story.until_gone("bad").await;
    assert!(story.app.so_far().await.is_empty());
}

#[tokio::test]
async fn a_kill_between_the_call_and_its_commit_repeats_the_call() {
    let story = story().await;
    story.app.answers(|_| (HELD, String::new()));
    story.schedule("j", json!({ "dueTime": "0" })).await;
    story.next_job("j").await;
    // What is on disk while the sidecar lives is what a kill would leave.
    let left = tempfile::tempdir().unwrap();
    copy(&story.dir.path().join("data"), &left.path().join("data"));
    story.app.lets_go();
    story.until_gone("j").await;
    let app = TestApp::start(Value::Null).await;
    let sidecar = Story::start(&app, &Files::new(), left.path()).await;
    assert_eq!(app.next().await.path, "/job/j");
    sidecar.shutdown().await;
}

#[tokio::test]
async fn what_was_acknowledged_is_on_disk() {
    let mut story = story().await;
    for n in 0..50 {
        story
            .schedule(&format!("j{n}"), json!({ "dueTime": "1h" }))
            .await;
    }
    story.delete_job("j0").await;
    let left = tempfile::tempdir().unwrap();
    copy(&story.dir.path().join("data"), &left.path().join("data"));
    story.sidecar.shutdown().await;
    story.sidecar = Story::start(&story.app, &story.files, left.path()).await;
    assert!(!story.has_job("j0").await);
    for n in 1..50 {
        assert!(story.has_job(&format!("j{n}")).await);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in ["jobs.db", "jobs.db-wal"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

#[tokio::test]
async fn a_shutdown_starts_no_call_and_lets_those_under_way_end() {
    for over_http in [false, true] {
        let mut story = story().await;
        story.app.answers(|_| (HELD, String::new()));
        story.schedule("under-way", json!({ "dueTime": "0" })).await;
        story.next_job("under-way").await;
        story.schedule("next", json!({ "dueTime": "100ms" })).await;
        if over_http {
            let answer = story.post("/v1.0/shutdown").send().await.unwrap();
            assert_eq!(answer.status(), 204);
        }
        let data = story.dir.path().join("data");
        let stopping = tokio::spawn(story.sidecar.shutdown());
        tokio::time::sleep(std::time::Duration::from_millis(200)).await; // Past `next`.
        assert!(!stopping.is_finished());
        story.app.lets_go();
        stopping.await.unwrap();
        let journal = std::fs::metadata(data.join("jobs.db-wal"));
        assert!(journal.map_or(0, |journal| journal.len()) == 0);
        assert!(story.app.so_far().await.is_empty());
        story.sidecar = Story::start(&story.app, &story.files, story.dir.path()).await;
        story.next_job("next").await;
        assert!(!story.has_job("under-way").await);
        story.nothing_but("other").await;
    }
}

#[tokio::test]
async fn a_file_of_a_newer_version_stops_the_start() {
    let mut story = story().await;
    story.sidecar.shutdown().await;
    let file = rusqlite::Connection::open(story.dir.path().join("data/jobs.db")).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    let config = crate::sidecar::tests::config(&story.app, &story.files, story.dir.path());
    let error = crate::sidecar::start(config).await.unwrap_err().to_string();
    assert!(error.contains("newer version"), "{error}");
    file.pragma_update(None, "user_version", 1).unwrap();
    story.sidecar = Story::start(&story.app, &story.files, story.dir.path()).await;
    assert!(!story.has_job("j").await);
}
