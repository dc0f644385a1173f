//! What changes of a task do to its reminders, for one transaction.

use crate::{
    changes::Context,
    storage::reminders::{End, end, insert, of_task, take_completed},
};
use duebell_events::{ReminderEvent, ReminderEventType};
use duebell_service::{random_u16, uuid_v4};
use duebell_store::{Error, Tx};
use duebell_tasks::{Adjustment, Alarm, Reminder, ReminderId, Task, adjust, reminder_event};

/// A task's reminders after a change of theirs or of the task.
#[derive(Default)]
pub(crate) struct Reminders {
    /// Those that the task has now, those first that ring first.
    pub(crate) listed: Vec<Reminder>,
    /// What happened to them, in order.
    pub(crate) events: Vec<ReminderEvent>,
    /// Whether any came, went or changed.
    pub(crate) changed: bool,
}

impl Reminders {
    /// Those of a task that nothing happened to.
    pub(crate) fn unchanged(listed: Vec<Reminder>) -> Self {
        Self {
            listed,
            ..Self::default()
        }
    }

    fn tell(
        &mut self,
        context: &Context<'_>,
        task: &Task,
        reminder: &Reminder,
        what: ReminderEventType,
    ) {
        let correlation_id = uuid_v4(context.entropy).to_string();
        self.events
            .push(reminder_event(task, reminder, what, &correlation_id));
    }

    fn sort(&mut self) {
        self.listed
            .sort_by_key(|reminder| (reminder.alarm.remind_at, reminder.id));
    }
}

/// Adds reminders to those that a task has.
///
/// # Errors
/// The database's.
pub(crate) async fn add(
    tx: &Tx<'_>,
    context: &Context<'_>,
    task: &Task,
    others: Vec<Reminder>,
    alarms: Vec<Alarm>,
) -> Result<Reminders, Error> {
    let mut reminders = Reminders::unchanged(others);
    schedule(tx, context, task, alarms, &mut reminders).await?;
    Ok(reminders)
}

/// Takes one of its reminders from a task. If it was still to ring, it is
/// cancelled.
///
/// # Errors
/// The database's.
pub(crate) async fn remove(
    tx: &Tx<'_>,
    context: &Context<'_>,
    task: &Task,
    id: ReminderId,
) -> Result<Reminders, Error> {
    let mut reminders = Reminders::unchanged(of_task(tx, task.id).await?);
    let removed = take(&mut reminders.listed, |reminder| reminder.id == id);
    cancel(tx, context, task, removed, End::Removed, &mut reminders).await?;
    Ok(reminders)
}

/// Cancels what has still to ring of a task that is completed; what rang stays.
///
/// # Errors
/// The database's.
pub(crate) async fn complete(
    tx: &Tx<'_>,
    context: &Context<'_>,
    task: &Task,
) -> Result<Reminders, Error> {
    let mut reminders = Reminders::unchanged(of_task(tx, task.id).await?);
    let open = take(&mut reminders.listed, |reminder| {
        reminder.is_open(context.now)
    });
    cancel(tx, context, task, open, End::Completed, &mut reminders).await?;
    Ok(reminders)
}

/// Cancels what has still to ring of a task that is deleted, and ends what rang.
///
/// # Errors
/// The database's.
pub(crate) async fn delete(
    tx: &Tx<'_>,
    context: &Context<'_>,
    task: &Task,
) -> Result<Reminders, Error> {
    let mut reminders = Reminders::default();
    let all = of_task(tx, task.id).await?;
    cancel(tx, context, task, all, End::Deleted, &mut reminders).await?;
    Ok(reminders)
}

/// Schedules anew what a completion cancelled that is taken back.
///
/// # Errors
/// The database's.
pub(crate) async fn restore(
    tx: &Tx<'_>,
    context: &Context<'_>,
    task: &Task,
) -> Result<Reminders, Error> {
    let others = of_task(tx, task.id).await?;
    let alarms = take_completed(tx, task.id, context.now).await?;
    add(tx, context, task, others, alarms).await
}

/// Lets a task's reminders follow its change.
///
/// # Errors
/// The database's.
pub(crate) async fn follow(
    tx: &Tx<'_>,
    context: &Context<'_>,
    before: &Task,
    after: &Task,
) -> Result<Reminders, Error> {
    let mut reminders = Reminders::default();
    let (mut ended, mut alarms) = (Vec::new(), Vec::new());
    for reminder in of_task(tx, before.id).await? {
        match adjust(&reminder, before, after, context.now) {
            Adjustment::Kept => reminders.listed.push(reminder),
            Adjustment::Retold => {
                reminders.tell(context, after, &reminder, ReminderEventType::Scheduled);
                reminders.listed.push(reminder);
            }
            Adjustment::Cancelled => ended.push(reminder),
            Adjustment::Replaced(alarm) => {
                ended.push(reminder);
                alarms.push(alarm);
            }
        }
    }
    cancel(tx, context, before, ended, End::Changed, &mut reminders).await?;
    schedule(tx, context, after, alarms, &mut reminders).await?;
    Ok(reminders)
}

async fn schedule(
    tx: &Tx<'_>,
    context: &Context<'_>,
    task: &Task,
    alarms: Vec<Alarm>,
    into: &mut Reminders,
) -> Result<(), Error> {
    let draw = || ReminderId::generate(context.now, random_u16(context.entropy));
    for reminder in insert(tx, task, alarms, context.now, draw).await? {
        into.tell(context, task, &reminder, ReminderEventType::Scheduled);
        into.listed.push(reminder);
        into.changed = true;
    }
    into.sort();
    Ok(())
}

/// Ends these; those that had still to ring are told of.
async fn cancel(
    tx: &Tx<'_>,
    context: &Context<'_>,
    task: &Task,
    ended: Vec<Reminder>,
    why: End,
    into: &mut Reminders,
) -> Result<(), Error> {
    end(tx, &ended, why, context.now).await?;
    for reminder in &ended {
        into.changed = true;
        if reminder.is_open(context.now) {
            into.tell(context, task, reminder, ReminderEventType::Cancelled);
        }
    }
    Ok(())
}

fn take(from: &mut Vec<Reminder>, wanted: impl Fn(&Reminder) -> bool) -> Vec<Reminder> {
    let (taken, left) = std::mem::take(from).into_iter().partition(wanted);
    *from = left;
    taken
}
