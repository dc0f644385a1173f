//! Whether the system works: a change comes through to who consumes it.

use crate::{
    history::now,
    plan::{Does, New, Operation},
    workload::Workload,
};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// How long it may take to recover.
const PATIENCE: Duration = Duration::from_secs(60);

/// The first number of a probe's operations: beyond all of the plan.
const FIRST: usize = 10_000_000;

/// Makes a task now and then, as one more user.
#[derive(Clone)]
pub(crate) struct Probe {
    pub(crate) workload: Arc<Workload>,
    pub(crate) next: Arc<AtomicUsize>,
}

impl Probe {
    pub(crate) fn new(workload: Arc<Workload>) -> Self {
        let next = Arc::default();
        Self { workload, next }
    }

    /// Waits until a change that is made now has come through, and notes how long that
    /// took.
    pub(crate) async fn must_recover(&self, from: &str) {
        let (start, begin) = (now(), Instant::now());
        let user = self.workload.users.len() - 1;
        let number = FIRST + self.next.fetch_add(1, Ordering::Relaxed);
        let operation = Operation {
            number,
            user,
            client: 0,
            at: Duration::ZERO,
            does: Does::Create(New::Plain),
            if_match: false,
            keyed: true,
            random: number as u64,
        };
        self.workload.perform(&operation).await;
        let client = &self.workload.users[user].http;
        let word = self.workload.word(number);
        loop {
            let path = format!("/api/search?q={word}");
            let answer = client.try_get(&path).await;
            let found = answer.is_some_and(|answer| answer.json["items"][0]["id"].is_i64());
            if found {
                break;
            }
            let waited = begin.elapsed();
            assert!(
                waited < PATIENCE,
                "{waited:?} after {from} a change has not come through"
            );
            sleep(Duration::from_millis(50)).await;
        }
        self.workload.history.note(json!({
            "kind": "recovered", "from": from, "at": start, "after": now() - start,
        }));
    }
}
