//! Reminders: when a task rings.

mod adjust;
mod alarm;
mod before;
mod view;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use duebell_ids::{ReminderId, TaskId};

pub use self::adjust::{Adjustment, adjust};
pub(crate) use self::alarm::alarms;
pub use self::alarm::{Alarm, NewReminder, one_alarm};
pub use self::before::Before;
pub use self::view::{ReminderStatus, ReminderView};

/// How many reminders a task has at most, those included that rang.
pub const MOST_REMINDERS: usize = 20;

/// A reminder, as it is stored. Times are in UTC to the millisecond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Its id.
    pub id: ReminderId,
    /// The task that it reminds of.
    pub task_id: TaskId,
    /// When it rings, and what that follows.
    pub alarm: Alarm,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Reminder {
    /// Whether it has still to ring. What is no longer open rang, or is about to.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.alarm.remind_at > now
    }
}
