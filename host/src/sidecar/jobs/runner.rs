//! Calls the app when a job is due.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ticks::{AfterFailure, Rule, State};
use super::{Due, Jobs, NEVER, schedule};
use crate::sidecar::app::{App, CALL_TIMEOUT, Failure, json_headers};
use crate::sidecar::metrics::SidecarMetrics;

/// The most calls at once.
const CALLS: usize = 64;
/// How often the clock is looked at while a job is scheduled: it may be set.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long to wait after the file could not be read.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// What the app said to a call.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    Failed(String),
    /// The call did not reach it.
    Held,
}

impl Verdict {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed(_) => "failed",
            Self::Held => "held",
        }
    }
}

/// Calls the app for the jobs that are due.
#[derive(Clone, Debug)]
pub(crate) struct Runner {
    pub(crate) jobs: Jobs,
    pub(crate) app: Arc<App>,
    pub(crate) stop: CancellationToken,
    /// Where the calls run.
    pub(crate) tasks: TaskTracker,
    pub(crate) metrics: SidecarMetrics,
}

impl Runner {
    /// Runs until stopped. Calls that are under way then go on.
    pub(crate) async fn run(self) {
        let stop = self.stop.clone();
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = self.start_calls() => {}
        }
    }

    async fn start_calls(&self) {
        let calls = Arc::new(Semaphore::new(CALLS));
        let mut earliest = self.jobs.earliest.clone();
        loop {
            self.until_due(&mut earliest).await;
            let permits = free(&calls).await;
            self.app.until_healthy().await;
            match self.jobs.due(permits.len()).await {
                Ok(due) => {
                    // From here on nothing waits: what is out is called or given back.
                    for (due, permit) in due.into_iter().zip(permits) {
                        self.tasks.spawn(self.clone().call(due, permit));
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the jobs that are due cannot be read");
                    tokio::time::sleep(AFTER_ERROR).await;
                }
            }
        }
    }

    /// Waits until a job is due by the wall clock, which may be set meanwhile.
    async fn until_due(&self, earliest: &mut watch::Receiver<i64>) {
        loop {
            let first = *earliest.borrow_and_update();
            let left = first.saturating_sub(self.jobs.clock.now_millis());
            if left <= 0 {
                return;
            }
            let left = Duration::from_millis(left.unsigned_abs());
            tokio::select! {
                changed = earliest.changed() => {
                    if changed.is_err() {
                        return std::future::pending().await; // Closed: nothing is due any more.
                    }
                }
                () = tokio::time::sleep(left.min(LOOK_AGAIN)), if first != NEVER => {}
            }
        }
    }

    /// Calls the app for one job, and says what became of it.
    async fn call(self, mut due: Due, permit: OwnedSemaphorePermit) {
        let late = self.jobs.clock.now_millis().saturating_sub(due.state.next);
        let verdict = match due.data.take() {
            Some(data) => self.post(&due.name, data).await,
            // Dapr's sidecar cannot make a request of no data: the tick never reaches the
            // app. (It was said when the job was scheduled.)
            None => Verdict::Done,
        };
        self.metrics.called(verdict.as_str(), late);
        match verdict {
            Verdict::Held => self.jobs.give_back(&due).await,
            Verdict::Done => {
                let next = self.next(&due, |rule, now| rule.after(due.state, now));
                self.jobs.settle(due.id, next).await;
            }
            Verdict::Failed(why) => {
                let next = self.next(&due, |rule, now| {
                    match rule.after_failure(due.failure_policy, due.state, now) {
                        AfterFailure::Again(state) => {
                            tracing::warn!(
                                job = due.name,
                                attempt = state.attempts,
                                why,
                                "a job failed and will be tried again"
                            );
                            Some(state)
                        }
                        AfterFailure::Dropped(state) => {
                            tracing::error!(
                                job = due.name,
                                why,
                                "a job failed for good and is dropped"
                            );
                            state
                        }
                    }
                });
                self.jobs.settle(due.id, next).await;
            }
        }
        drop(permit);
    }

    /// What a rule makes of a job now.
    fn next(&self, due: &Due, of: impl FnOnce(&Rule, i64) -> Option<State>) -> Option<State> {
        let schedule = match due.schedule.as_deref().map(schedule::parse).transpose() {
            Ok(schedule) => schedule,
            Err(why) => {
                // It was read when the job was scheduled.
                tracing::error!(
                    job = due.name,
                    why,
                    "a job's schedule cannot be read: it is over"
                );
                return None;
            }
        };
        let rule = Rule {
            schedule,
            repeats: due.repeats,
            expires: due.expires,
        };
        of(&rule, self.jobs.clock.now_millis())
    }

    async fn post(&self, name: &str, data: String) -> Verdict {
        let path = format!("/job/{}", encoded(name));
        let body = Bytes::from(data);
        let call = self
            .app
            .call(Method::POST, &path, json_headers(), body, CALL_TIMEOUT);
        match call.await {
            Ok(answer) if answer.status.is_success() => Verdict::Done,
            Ok(answer) if answer.status == StatusCode::NOT_FOUND => {
                tracing::warn!(
                    job = name,
                    "the app has no route for a job: 404 from {path}"
                );
                Verdict::Done
            }
            Ok(answer) => Verdict::Failed(format!("the app answered {}", answer.status)),
            Err(Failure::Unreachable(_)) => Verdict::Held,
            Err(Failure::Broken(why)) => Verdict::Failed(why),
        }
    }
}

/// Waits for a free call, and takes all that are free.
async fn free(calls: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let mut permits: Vec<OwnedSemaphorePermit> =
        calls.clone().acquire_owned().await.into_iter().collect();
    while permits.len() < CALLS
        && let Ok(permit) = calls.clone().try_acquire_owned()
    {
        permits.push(permit);
    }
    permits
}

/// A name as a part of a path, as Go writes it: as it is, if it can be, else with all
/// encoded that may be.
fn encoded(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~$&+,:;=@".contains(&byte);
    if name
        .bytes()
        .all(|byte| is_plain(byte) || b"!'()*[]".contains(&byte))
    {
        return name.to_owned();
    }
    let mut path = String::with_capacity(name.len());
    for byte in name.bytes() {
        if is_plain(byte) {
            path.push(char::from(byte));
        } else {
            write!(path, "%{byte:02X}").ok(); // A text takes everything.
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_encoded_for_the_path() {
        assert_eq!(encoded("reminder-1.(a_b)"), "reminder-1.(a_b)");
        assert_eq!(encoded("a b||c:é!"), "a%20b%7C%7Cc:%C3%A9%21");
    }
}
