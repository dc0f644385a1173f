use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{SecondsFormat, TimeDelta};
use futures::future::join_all;
use serde_json::json;

use super::story;
use crate::sidecar::clock;
use crate::sidecar::tests::app::HELD;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_jobs_that_are_due_at_one_instant_all_run_each_once() {
    let story = story().await;
    let due = clock::now() + TimeDelta::seconds(2);
    let text = due.to_rfc3339_opts(SecondsFormat::Millis, true);
    let names: Vec<String> = (0..1_000).map(|n| format!("j{n}")).collect();
    for names in names.chunks(100) {
        let jobs = names
            .iter()
            .map(|name| story.schedule(name, json!({ "dueTime": text })));
        join_all(jobs).await;
    }
    let mut called = HashSet::new();
    for _ in 0..1_000 {
        assert!(called.insert(story.app.next().await.path), "each once");
    }
    let late = (clock::now() - due).num_milliseconds();
    assert!(late < 5_000, "the last one {late} ms late");
    for name in ["j0", "j999"] {
        story.until_gone(name).await;
    }
    story.nothing_but("other").await;
}

#[tokio::test]
async fn at_most_64_calls_are_under_way_and_the_oldest_come_first() {
    let story = story().await;
    let under_way = Arc::new(AtomicUsize::new(0));
    let counted = under_way.clone();
    story.app.answers(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        (HELD, String::new())
    });
    let last = clock::now() + TimeDelta::milliseconds(1_500);
    // The youngest is scheduled first.
    for n in 0..100 {
        let due = (last - TimeDelta::milliseconds(n)).to_rfc3339();
        story
            .schedule(&format!("j{n}"), json!({ "dueTime": due }))
            .await;
    }
    let mut first = HashSet::new();
    for _ in 0..64 {
        first.insert(story.app.next().await.path);
    }
    assert_eq!(first, (36..100).map(|n| format!("/job/j{n}")).collect());
    for _ in 0..20 {
        story.metadata().await; // The sidecar is alive, and calls no more.
    }
    assert_eq!(under_way.load(Ordering::SeqCst), 64);
    story.app.lets_go();
    for _ in 0..36 {
        story.app.next().await;
    }
    story.until_gone("j0").await;
}
