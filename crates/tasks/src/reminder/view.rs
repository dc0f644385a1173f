//! A reminder as clients see it.

use chrono::{DateTime, Utc};
use duebell_ids::{ReminderId, TaskId};
use serde::Serialize;

use super::{Before, Reminder};
use crate::view::time;

/// Whether a reminder has still to ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReminderStatus {
    /// It has.
    Scheduled,
    /// Its time has come: it rang, or is about to.
    Due,
}

/// A reminder in the answers of the HTTP interface. Times are RFC 3339 in UTC,
/// with milliseconds.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Reminder))]
pub struct ReminderView<'a> {
    /// Its id: 1 to 2^53 - 1.
    #[cfg_attr(feature = "openapi", schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_u64))]
    id: ReminderId,
    /// The task that it reminds of.
    #[cfg_attr(feature = "openapi", schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_u64))]
    task_id: TaskId,
    /// When it rings.
    #[serde(serialize_with = "time")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    remind_at: DateTime<Utc>,
    /// How long that is before the task's due date, if it follows it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, required))]
    before: Option<&'a Before>,
    /// Whether it has still to ring.
    status: ReminderStatus,
    /// When it was made.
    #[serde(serialize_with = "time")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    created_at: DateTime<Utc>,
}

impl<'a> ReminderView<'a> {
    /// The view of a reminder at this time.
    #[must_use]
    pub fn new(reminder: &'a Reminder, now: DateTime<Utc>) -> Self {
        Self {
            id: reminder.id,
            task_id: reminder.task_id,
            remind_at: reminder.alarm.remind_at,
            before: reminder.alarm.before.as_ref(),
            status: if reminder.is_open(now) {
                ReminderStatus::Scheduled
            } else {
                ReminderStatus::Due
            },
            created_at: reminder.created_at,
        }
    }
}
