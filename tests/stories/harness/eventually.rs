//! Waiting for something to become true.

use super::process::Process;
use std::{
    future::Future,
    time::{Duration, Instant},
};

/// How long a story waits before it fails. The machine may be slow; what a story
/// demands of time it demands by itself.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer, and fails with `what` if there
/// never is one.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            start.elapsed() < PATIENCE,
            "in vain, for {PATIENCE:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// The same, while a process has to run.
pub(crate) async fn eventually_by<T, F: Future<Output = Option<T>>>(
    process: &mut Process,
    what: &str,
    ask: impl Fn() -> F,
) -> T {
    let process = std::cell::RefCell::new(process);
    eventually(what, || {
        process.borrow_mut().must_run();
        ask()
    })
    .await
}
