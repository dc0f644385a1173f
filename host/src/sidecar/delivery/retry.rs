//! When a failed delivery is tried again.

use std::time::Duration;

use tokio::time::Instant;

use crate::sidecar::clock;
use crate::sidecar::resources::{Backoff, RetryPolicy};

/// The exponential policy's first wait, growth and end, which Dapr does not let a
/// file change.
const FIRST_INTERVAL: Duration = Duration::from_millis(500);
const GROWTH: f64 = 1.5;
const MAX_ELAPSED: Duration = Duration::from_secs(15 * 60);

/// The failed attempts at one event, or at one batch.
#[derive(Debug)]
pub(crate) struct Attempts {
    policy: Option<RetryPolicy>,
    failed: u32,
    since: Instant,
    interval: Duration,
}

impl Attempts {
    /// None yet.
    pub(crate) fn new(policy: Option<RetryPolicy>) -> Self {
        Self {
            policy,
            failed: 0,
            since: Instant::now(),
            interval: FIRST_INTERVAL,
        }
    }

    /// Counts a failed attempt. How long to wait before the next one, or `None`: there
    /// is none.
    pub(crate) fn after_failure(&mut self) -> Option<Duration> {
        let policy = self.policy?;
        self.failed = self.failed.saturating_add(1);
        if policy.max_retries.is_some_and(|most| self.failed > most) {
            return None;
        }
        match policy.backoff {
            Backoff::Constant(wait) => Some(wait),
            Backoff::Exponential { max_interval } => {
                if self.since.elapsed() > MAX_ELAPSED {
                    return None;
                }
                let wait = clock::scaled(self.interval, clock::jitter(), max_interval);
                self.interval = clock::scaled(self.interval, GROWTH, max_interval);
                Some(wait)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(backoff: Backoff, max_retries: Option<u32>) -> Option<RetryPolicy> {
        Some(RetryPolicy {
            backoff,
            max_retries,
        })
    }

    #[tokio::test]
    async fn without_a_policy_there_is_one_attempt() {
        assert_eq!(Attempts::new(None).after_failure(), None);
    }

    #[tokio::test]
    async fn max_retries_are_the_attempts_after_the_first() {
        let constant = Backoff::Constant(Duration::from_secs(2));
        let mut none = Attempts::new(policy(constant, Some(0)));
        assert_eq!(none.after_failure(), None);
        let mut two = Attempts::new(policy(constant, Some(2)));
        assert_eq!(two.after_failure(), Some(Duration::from_secs(2)));
        assert_eq!(two.after_failure(), Some(Duration::from_secs(2)));
        assert_eq!(two.after_failure(), None);
        let mut endless = Attempts::new(policy(constant, None));
        assert!((0..1_000).all(|_| endless.after_failure().is_some()));
    }

    #[tokio::test]
    async fn an_exponential_wait_grows_up_to_its_limit() {
        let limit = Duration::from_secs(3);
        let mut attempts = Attempts::new(policy(
            Backoff::Exponential {
                max_interval: limit,
            },
            None,
        ));
        let waits: Vec<_> = (0..20).filter_map(|_| attempts.after_failure()).collect();
        assert!(waits[0] <= Duration::from_millis(750), "{waits:?}");
        assert!(waits.iter().all(|wait| *wait <= limit), "{waits:?}");
        assert!(waits[19] >= Duration::from_millis(1_500), "{waits:?}");
    }
}
