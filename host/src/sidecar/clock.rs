//! The time as the sidecar needs it, and its one place for random ids.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

pub(crate) use crate::clock::now;

/// What time it is, in milliseconds since 1970.
pub(crate) fn now_millis() -> i64 {
    now().timestamp_millis()
}

/// The wall clock of the jobs, which a test may set.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub(crate) fn system() -> Self {
        Self(Arc::new(now))
    }

    /// A clock that shows what this says.
    #[cfg(test)]
    pub(crate) fn of(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What time it is.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }

    /// What time it is, in milliseconds since 1970.
    pub(crate) fn now_millis(&self) -> i64 {
        self.now().timestamp_millis()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// The time as Dapr writes it into an envelope: RFC 3339, whole seconds.
pub(crate) fn rfc3339_seconds(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A random id (UUID version 4).
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the sidecar makes ids"
)]
pub(crate) fn random_id() -> Uuid {
    Uuid::new_v4()
}

/// A factor between 0.5 and 1.5, for waits that must not fall into step.
pub(crate) fn jitter() -> f64 {
    let [byte, ..] = random_id().into_bytes();
    0.5 + f64::from(byte) / 255.0
}

/// A duration times a factor, never more than `at_most`.
pub(crate) fn scaled(duration: Duration, factor: f64, at_most: Duration) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).map_or(at_most, |d| d.min(at_most))
}
