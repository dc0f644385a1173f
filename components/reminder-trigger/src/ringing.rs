//! Ringing: what is due becomes an event, in the transaction that notes it.

use crate::storage::reminders::{Ringing, any_due, ring};
use chrono::{DateTime, Utc};
use duebell_edge::Failure;
use duebell_events::{Event, ReminderEvent, ReminderEventType, Timestamp};
use duebell_service::Clock;
use duebell_store::{
    Error, Store, Tx,
    counters::{self, Counts},
    outbox::{self, NewEvent},
};
use duebell_telemetry::Histogram;
use uuid::Uuid;

/// How many reminders one transaction lets ring: so long everything else waits.
const MOST_AT_ONCE: u32 = 200;

/// How many transactions one sweep makes of them; the next goes on from there.
const MOST_ROUNDS: usize = 20;

/// How late reminders ring. It is counted in the transaction in which they do.
pub(crate) const LATENESS: Histogram = Histogram {
    name: "duebell_reminders_lateness_seconds",
    help: "By how much reminders rang after their time, or after it was known here if that was later.",
    bounds: &[
        50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000, 600_000, 3_600_000,
    ],
};

/// The counter of all that lateness together, in milliseconds.
pub(crate) const LATENESS_SUM: &str = "duebell_reminders_lateness_milliseconds";

/// What ids of `reminder.due` are made from (RFC 9562, section 5.5).
const NAMESPACE: Uuid = Uuid::from_u128(0xd0eb_e110_7a3c_5c1e_9b1d_4f0e_8d2a_6c57);

/// Lets what is due ring. The transaction that notes it holds the events.
///
/// # Errors
/// The database's.
pub(crate) async fn ring_due(tx: &Tx<'_>, now: DateTime<Utc>) -> Result<usize, Error> {
    let time = Timestamp::from_datetime(now);
    let ringing = ring(tx, time, now.timestamp_millis(), MOST_AT_ONCE).await?;
    let events = ringing
        .iter()
        .map(|ringing| new_event(ringing, now))
        .collect::<Result<Vec<_>, Error>>()?;
    outbox::append(tx, events).await?;
    counters::add(tx, &lateness(&ringing, now)).await?;
    Ok(ringing.len())
}

/// What these add to the counters.
fn lateness(ringing: &[Ringing], now: DateTime<Utc>) -> Counts {
    let mut counts = Counts::new();
    for one in ringing {
        let due = (one.remind_at.microseconds / 1000).max(one.armed_at);
        let late = (now.timestamp_millis() - due).max(0);
        *counts
            .entry((LATENESS.name, LATENESS.bucket(late)))
            .or_default() += 1;
        *counts.entry((LATENESS_SUM, String::new())).or_default() += late;
    }
    counts
}

/// Lets everything ring that is due, in bounded batches: for the sweep. Says how
/// many rang.
///
/// # Errors
/// The database's.
pub(crate) async fn ring_overdue(store: &Store, clock: &dyn Clock) -> Result<usize, Failure> {
    let mut rung = 0;
    for _ in 0..MOST_ROUNDS {
        let now = clock.now();
        let due = store
            .read(async |db| any_due(db, Timestamp::from_datetime(now)).await)
            .await?;
        if !due {
            break;
        }
        rung += store.write(async |tx| ring_due(tx, now).await).await?;
    }
    Ok(rung)
}

/// The id of a `reminder.due`: always the same for a reminder and its time, so that
/// whoever rings twice says the same thing twice.
fn due_id(ringing: &Ringing) -> Uuid {
    let name = format!(
        "{}/{}/{}",
        ringing.key.reminder_id, ringing.remind_at, ringing.key.user_id
    );
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

fn new_event(ringing: &Ringing, now: DateTime<Utc>) -> Result<NewEvent, Error> {
    let id = due_id(ringing).to_string();
    let event = Event::Reminder(ReminderEvent {
        event_type: ReminderEventType::Due,
        reminder_id: ringing.key.reminder_id.unsigned_abs(),
        task_id: ringing.task_id.unsigned_abs(),
        user_id: ringing.key.user_id.clone(),
        title: ringing.title.clone(),
        due_at: ringing.due_at,
        remind_at: ringing.remind_at,
        correlation_id: id.clone(),
    });
    let subject = Some(format!("reminders/{}", ringing.key.reminder_id));
    let traceparent = ringing.traceparent.clone();
    duebell_publisher::new_event(&event, id, subject, now, traceparent)
        .map_err(|error| Error::Unexpected(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::reminders::Key;

    fn ringing(user: &str, remind_at: i64) -> Ringing {
        Ringing {
            key: Key {
                user_id: user.to_owned(),
                reminder_id: 789,
            },
            task_id: 123,
            title: "Submit project report".to_owned(),
            due_at: Timestamp { microseconds: 0 },
            remind_at: Timestamp {
                microseconds: remind_at,
            },
            traceparent: None,
            armed_at: 0,
        }
    }

    #[test]
    fn lateness_counts_from_when_a_reminder_could_have_rung() {
        let now = DateTime::from_timestamp_millis(10_000).unwrap();
        let late = ringing("alice", 9_960_000);
        let told_late = Ringing {
            armed_at: 9_000,
            ..ringing("bob", 1_000_000)
        };
        let bucket = |bound: &str| (LATENESS.name, format!("le=\"{bound}\""));
        assert_eq!(
            lateness(&[late, told_late], now),
            Counts::from([
                (bucket("0.05"), 1),
                (bucket("1"), 1),
                ((LATENESS_SUM, String::new()), 1_040),
            ])
        );
    }

    #[test]
    fn an_id_belongs_to_reminder_time_and_user() {
        let one = due_id(&ringing("alice", 1));
        assert_eq!(one.get_version_num(), 5);
        assert_eq!(one, due_id(&ringing("alice", 1)));
        assert_ne!(one, due_id(&ringing("alice", 2)));
        assert_ne!(one, due_id(&ringing("bob", 1)));
    }
}
