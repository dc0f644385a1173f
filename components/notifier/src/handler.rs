//! What notifier does with events.

use crate::{
    storage::{
        memory::{Closed, Key, cancelled, closed, remember_cancelled, remember_closed},
        notifications::{New, insert, settle_reminders, settle_tasks},
    },
    telling::reminder_update,
};
use chrono::SubsecRound;
use duebell_events::{Event, ReminderEvent, ReminderEventType, TaskEvent, TaskEventType};
use duebell_ids::NotificationId;
use duebell_service::{Clock, Entropy, random_u16};
use duebell_store::{Tx, outbox};
use duebell_subscriber::{Delivered, Failure, Handler};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// Notifies, and settles.
pub(crate) struct Notifier {
    clock: Rc<dyn Clock>,
    entropy: Rc<dyn Entropy>,
}

impl Notifier {
    pub(crate) fn new(clock: Rc<dyn Clock>, entropy: Rc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }
}

impl Handler for Notifier {
    /// A reminder that is only scheduled, and a new task that is open, change nothing.
    fn concerns(&self, event: &Delivered) -> bool {
        match &event.event {
            Event::Reminder(event) => event.event_type != ReminderEventType::Scheduled,
            Event::Task(event) => {
                event.event_type != TaskEventType::Created || event.task_data.completed
            }
            Event::Update(_) | Event::Audit(_) => false,
        }
    }

    async fn apply(&self, tx: &Tx<'_>, events: &[&Delivered]) -> Result<(), Failure> {
        let now = self.clock.now().trunc_subsecs(3);
        let mut batch = Batch::know(tx, events).await?;
        for delivered in events {
            match &delivered.event {
                Event::Reminder(event) => batch.reminder(event, delivered),
                Event::Task(event) => batch.task(event, delivered),
                Event::Update(_) | Event::Audit(_) => {}
            }
        }
        settle_tasks(tx, now, &batch.settled_tasks).await?;
        settle_reminders(tx, now, &batch.newly_cancelled).await?;
        let draw = || NotificationId::generate(now, random_u16(&*self.entropy));
        let inserted = insert(tx, now, batch.rang, draw).await?;
        let millis = now.timestamp_millis();
        remember_cancelled(tx, millis, &batch.newly_cancelled).await?;
        remember_closed(tx, millis, &batch.newly_closed).await?;

        let told = inserted.iter().filter(|(_, new)| !new.is_settled);
        let updates = told
            .map(|(id, new)| reminder_update(*id, new.event, new.traceparent, now, &*self.entropy))
            .collect::<Result<Vec<_>, String>>()
            .map_err(Failure::Drop)?;
        outbox::append(tx, updates).await?;
        Ok(())
    }
}

/// A batch of events, one after the other: what is known before each, and what it
/// comes to.
struct Batch<'a> {
    cancelled: BTreeSet<Key>,
    closed: BTreeMap<Key, Closed>,
    rang: Vec<New<'a>>,
    newly_cancelled: BTreeSet<Key>,
    newly_closed: BTreeMap<Key, Closed>,
    settled_tasks: BTreeSet<Key>,
}

impl<'a> Batch<'a> {
    async fn know(tx: &Tx<'_>, events: &[&'a Delivered]) -> Result<Self, Failure> {
        let tasks = events
            .iter()
            .filter_map(|delivered| {
                let task_id = delivered.event.task_id()?;
                Some(key(delivered.event.user_id(), task_id))
            })
            .collect();
        let reminders = events
            .iter()
            .filter_map(|delivered| match &delivered.event {
                Event::Reminder(event) => Some(key(&event.user_id, event.reminder_id)),
                _ => None,
            })
            .collect();
        Ok(Self {
            cancelled: cancelled(tx, &reminders).await?,
            closed: closed(tx, &tasks).await?,
            rang: Vec::new(),
            newly_cancelled: BTreeSet::new(),
            newly_closed: BTreeMap::new(),
            settled_tasks: BTreeSet::new(),
        })
    }

    fn reminder(&mut self, event: &'a ReminderEvent, delivered: &'a Delivered) {
        let reminder = key(&event.user_id, event.reminder_id);
        match event.event_type {
            ReminderEventType::Scheduled => {}
            ReminderEventType::Due if self.cancelled.contains(&reminder) => {}
            ReminderEventType::Due => {
                let task = key(&event.user_id, event.task_id);
                self.rang.push(New {
                    event,
                    traceparent: delivered.traceparent.as_deref(),
                    is_settled: self.closed.get(&task).is_some_and(|task| task.is_closed),
                });
            }
            ReminderEventType::Cancelled => {
                self.settle(|rang| key(&rang.user_id, rang.reminder_id) == reminder);
                self.cancelled.insert(reminder.clone());
                self.newly_cancelled.insert(reminder);
            }
        }
    }

    fn task(&mut self, event: &TaskEvent, delivered: &Delivered) {
        let task = key(&event.user_id, event.task_id);
        let is_closed = match event.event_type {
            TaskEventType::Completed | TaskEventType::Deleted => true,
            TaskEventType::Created | TaskEventType::Updated => event.task_data.completed,
        };
        let known = self.closed.get(&task).copied();
        let news = Closed {
            is_closed,
            sequence: delivered.sequence.and_then(|number| number.try_into().ok()),
        };
        match known {
            // An open task of which nothing is known is nothing to be remembered.
            None if !is_closed => return,
            Some(known) if !news.is_newer_than(known) => return,
            _ => {}
        }
        if is_closed {
            self.settle(|rang| key(&rang.user_id, rang.task_id) == task);
            self.settled_tasks.insert(task.clone());
        }
        self.closed.insert(task.clone(), news);
        self.newly_closed.insert(task, news);
    }

    /// Settles what rang in this batch, before now.
    fn settle(&mut self, which: impl Fn(&ReminderEvent) -> bool) {
        for rang in &mut self.rang {
            rang.is_settled |= which(rang.event);
        }
    }
}

fn key(user_id: &str, number: u64) -> Key {
    // An event's ids have at most 53 bits.
    (
        user_id.to_owned(),
        i64::try_from(number).unwrap_or(i64::MAX),
    )
}
