//! What the outbox's owner tells of it.

use crate::Relay;
use chrono::{DateTime, TimeDelta, Utc};
use duebell_dapr::Transport;
use duebell_store::{Error, outbox, outbox::Standing};
use duebell_telemetry::{Metrics, Trouble, seconds};

/// How long an event may wait in the outbox before that is worth a word.
const PATIENCE: TimeDelta = TimeDelta::seconds(5);

/// What is to be done about events that wait.
const WAIT: &str = "Changes are kept, and wait to be published: the sidecar does not take them, or its broker does not. See the sidecar's log, and \"events wait in the outbox\" in the component's.";

/// What is wrong with an outbox that stands so: an event has waited for too long.
#[must_use]
pub fn trouble(standing: &Standing, now: DateTime<Utc>) -> Option<Trouble> {
    let oldest = oldest(standing)?;
    (now - oldest >= PATIENCE).then_some(Trouble {
        since: Some(oldest),
        detail: WAIT,
    })
}

fn oldest(standing: &Standing) -> Option<DateTime<Utc>> {
    let oldest = DateTime::parse_from_rfc3339(standing.oldest.as_deref()?);
    // A time that cannot be read is no reason to say that nothing waits.
    Some(oldest.map_or(DateTime::UNIX_EPOCH, |time| time.to_utc()))
}

impl<T: Transport> Relay<T> {
    /// What is wrong with the outbox.
    ///
    /// # Errors
    /// The database's.
    pub async fn trouble(&self) -> Result<Option<Trouble>, Error> {
        Ok(trouble(&self.standing().await?, self.clock.now()))
    }

    /// The outbox in numbers.
    ///
    /// # Errors
    /// The database's.
    pub async fn measure(&self, metrics: &mut Metrics) -> Result<(), Error> {
        let standing = self.standing().await?;
        let now = self.clock.now();
        metrics.gauge(
            "duebell_outbox_events",
            "Events that wait to be published.",
            standing.waiting,
        );
        let age = oldest(&standing).map_or(0, |oldest| (now - oldest).num_milliseconds().max(0));
        metrics.gauge(
            "duebell_outbox_oldest_age_seconds",
            "How long the oldest of them has waited; 0 if none waits.",
            seconds(age),
        );
        metrics.counter(
            "duebell_outbox_committed_total",
            "Events that were committed, waiting or not: the number of the last one.",
            standing.committed,
        );
        let failing = standing
            .failing_since
            .map_or(0, |since| (now.timestamp_millis() - since).max(0));
        metrics.gauge(
            "duebell_outbox_failing_seconds",
            "For how long publishing has failed; 0 if it does not.",
            seconds(failing),
        );
        Ok(())
    }

    async fn standing(&self) -> Result<Standing, Error> {
        self.store.read(async |db| outbox::standing(db).await).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outbox_is_in_trouble_once_an_event_has_waited_for_five_seconds() {
        let standing = |oldest: Option<&str>| Standing {
            waiting: oldest.map_or(0, |_| 1),
            oldest: oldest.map(str::to_owned),
            ..Standing::default()
        };
        let now = DateTime::from_timestamp(100, 0).unwrap();
        assert_eq!(trouble(&standing(None), now), None);
        assert_eq!(trouble(&standing(Some("1970-01-01T00:01:36Z")), now), None);
        let stuck = trouble(&standing(Some("1970-01-01T00:01:35Z")), now).unwrap();
        assert_eq!(stuck.since, DateTime::from_timestamp(95, 0));
        assert!(trouble(&standing(Some("yesterday")), now).is_some());
    }
}
