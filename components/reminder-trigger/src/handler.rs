//! What reminder-trigger does with an event.

use crate::{
    ringing::ring_due,
    storage::reminders::{Key, News, arm, cancel},
};
use duebell_events::{Event, ReminderEventType};
use duebell_service::Clock;
use duebell_store::Tx;
use duebell_subscriber::{Delivered, Failure, Handler};
use std::{collections::BTreeMap, rc::Rc};

/// Arms and cancels reminders.
pub(crate) struct Keeper {
    clock: Rc<dyn Clock>,
}

impl Keeper {
    pub(crate) fn new(clock: Rc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl Handler for Keeper {
    /// What rang is our own news, or of somebody who rings without us.
    fn concerns(&self, event: &Delivered) -> bool {
        match &event.event {
            Event::Reminder(event) => event.event_type != ReminderEventType::Due,
            _ => false,
        }
    }

    /// One that is overdue when it is heard of rings in the same transaction.
    async fn apply(&self, tx: &Tx<'_>, events: &[&Delivered]) -> Result<(), Failure> {
        let (armed, cancelled) = latest(events);
        let now = self.clock.now();
        arm(tx, now.timestamp_millis(), &armed).await?;
        cancel(tx, now.timestamp_millis(), &cancelled).await?;
        if !armed.is_empty() {
            ring_due(tx, now).await?;
        }
        Ok(())
    }
}

/// What is to be armed and what to be cancelled, once for each reminder: of two
/// times the later counts, and what is cancelled is not armed again.
fn latest<'a>(events: &[&'a Delivered]) -> (Vec<News<'a>>, Vec<News<'a>>) {
    let mut armed: BTreeMap<Key, News<'a>> = BTreeMap::new();
    let mut cancelled: BTreeMap<Key, News<'a>> = BTreeMap::new();
    for delivered in events {
        let Event::Reminder(event) = &delivered.event else {
            continue;
        };
        let news = News {
            event,
            sequence: delivered.sequence.and_then(|number| number.try_into().ok()),
            traceparent: delivered.traceparent.as_deref(),
        };
        match event.event_type {
            ReminderEventType::Scheduled => {
                armed.insert(Key::of(event), news);
            }
            ReminderEventType::Cancelled => {
                cancelled.insert(Key::of(event), news);
            }
            ReminderEventType::Due => {}
        }
    }
    armed.retain(|key, _| !cancelled.contains_key(key));
    (
        armed.into_values().collect(),
        cancelled.into_values().collect(),
    )
}
