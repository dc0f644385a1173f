use std::path::Path;
use std::time::Duration;

use futures::future::join_all;

use super::ticks::State;
use super::{Due, Jobs, JobsError, NEVER, Request, Scheduled, plan};
use crate::sidecar::clock::Clock;

async fn open(dir: &Path) -> Jobs {
    Jobs::open(dir, Clock::system()).await.unwrap()
}

async fn schedule(jobs: &Jobs, name: &str, body: &str) -> Scheduled {
    let request = Request::read(body.as_bytes()).unwrap();
    let overwrite = request.overwrite;
    let plan = plan(request, jobs.clock().now()).unwrap();
    jobs.schedule(name, plan, overwrite).await.unwrap()
}

fn names(due: &[Due]) -> Vec<&str> {
    due.iter().map(|due| due.name.as_str()).collect()
}

const PAST: &str = r#"{"dueTime": "-1h", "data": 1}"#;

#[tokio::test]
async fn the_oldest_are_handed_out_first_and_none_twice() {
    let dir = tempfile::tempdir().unwrap();
    let jobs = open(dir.path()).await;
    assert_eq!(*jobs.earliest.borrow(), NEVER);
    for (name, due) in [("c", "-1s"), ("a", "-3s"), ("later", "1h"), ("b", "-2s")] {
        let body = format!(r#"{{"dueTime": "{due}", "data": 1}}"#);
        assert_eq!(schedule(&jobs, name, &body).await, Scheduled::Yes);
    }
    let first = jobs.due(2).await.unwrap();
    assert_eq!(names(&first), ["a", "b"]);
    let then = jobs.due(2).await.unwrap();
    assert_eq!(names(&then), ["c"]);
    assert_eq!(names(&jobs.due(2).await.unwrap()), [""; 0]);
    let later = *jobs.earliest.borrow();
    assert!(later > jobs.clock().now_millis() && later < NEVER);
    jobs.give_back(&first[1]).await;
    assert_eq!(names(&jobs.due(2).await.unwrap()), ["b"]);
}

#[tokio::test]
async fn a_result_is_for_the_version_that_was_called() {
    let dir = tempfile::tempdir().unwrap();
    let jobs = open(dir.path()).await;
    schedule(&jobs, "j", PAST).await;
    let old = jobs.due(1).await.unwrap().remove(0);
    assert_eq!(schedule(&jobs, "j", PAST).await, Scheduled::Exists);
    let body = r#"{"dueTime": "-1h", "data": 2, "overwrite": true}"#;
    assert_eq!(schedule(&jobs, "j", body).await, Scheduled::Yes);
    jobs.settle(old.id, None).await;
    let new = jobs.due(1).await.unwrap().remove(0);
    assert_ne!(new.id, old.id);
    assert_eq!(new.data.as_deref(), Some("2"));
    // And an id is not used again.
    jobs.delete("j").await.unwrap();
    schedule(&jobs, "j", PAST).await;
    let newest = jobs.due(1).await.unwrap().remove(0);
    assert!(newest.id > new.id);
}

#[tokio::test]
async fn how_far_a_job_is_stays_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let jobs = open(dir.path()).await;
    let body = r#"{"schedule": "@every 5m", "dueTime": "-1h", "repeats": 9, "data": {"a": 1}, "failurePolicy": {"drop": {}}}"#;
    schedule(&jobs, "j", body).await;
    schedule(&jobs, "over", PAST).await;
    let due = jobs.due(2).await.unwrap();
    let state = State {
        tick: 17,
        next: 18,
        count: 3,
        attempts: 2,
    };
    jobs.settle(due[0].id, Some(state)).await;
    jobs.settle(due[1].id, None).await;
    let shown = jobs.get("j").await.unwrap();
    jobs.close().await;
    assert!(jobs.get("j").await.is_err(), "closed is closed");
    let jobs = open(dir.path()).await;
    assert_eq!(*jobs.earliest.borrow(), 18);
    assert_eq!(jobs.get("j").await.unwrap(), shown);
    assert_eq!(jobs.get("over").await.unwrap(), None);
    let due = jobs.due(2).await.unwrap();
    assert_eq!(names(&due), ["j"]);
    assert_eq!(due[0].state, state);
}

#[tokio::test]
async fn a_result_that_cannot_be_written_is_kept_and_written_later() {
    let dir = tempfile::tempdir().unwrap();
    let jobs = open(dir.path()).await;
    schedule(&jobs, "j", PAST).await;
    let due = jobs.due(1).await.unwrap().remove(0);
    let other = rusqlite::Connection::open(dir.path().join("jobs.db")).unwrap();
    other
        .execute_batch("ALTER TABLE jobs RENAME TO hidden")
        .unwrap();
    jobs.settle(due.id, None).await;
    let request = Request::read(PAST.as_bytes()).unwrap();
    let plan = plan(request, jobs.clock().now()).unwrap();
    assert!(matches!(
        jobs.schedule("k", plan, false).await,
        Err(JobsError::Storage(_))
    ));
    other
        .execute_batch("ALTER TABLE hidden RENAME TO jobs")
        .unwrap();
    let written = async { while jobs.get("j").await.unwrap().is_some() {} };
    tokio::time::timeout(Duration::from_secs(20), written)
        .await
        .unwrap();
    assert_eq!(schedule(&jobs, "k", PAST).await, Scheduled::Yes);
    assert_eq!(names(&jobs.due(9).await.unwrap()), ["k"]);
}

#[tokio::test]
async fn a_hundred_thousand_jobs_are_no_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let jobs = open(dir.path()).await;
    for thousand in 0..100 {
        let names: Vec<String> = (0..1_000).map(|n| format!("j{thousand}-{n}")).collect();
        let body = format!(r#"{{"dueTime": "{}h", "data": {{"id": 1}}}}"#, thousand + 1);
        let all = names.iter().map(|name| schedule(&jobs, name, &body));
        assert!(
            join_all(all)
                .await
                .iter()
                .all(|done| *done == Scheduled::Yes)
        );
    }
    schedule(&jobs, "now", PAST).await;
    jobs.close().await;
    let jobs = open(dir.path()).await;
    assert_eq!(names(&jobs.due(64).await.unwrap()), ["now"]);
    assert!(jobs.get("j99-999").await.unwrap().is_some());
    assert_eq!(schedule(&jobs, "j50-500", PAST).await, Scheduled::Exists);
}
