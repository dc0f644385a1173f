//! What becomes of a reminder when its task changes.

use chrono::{DateTime, Utc};

use super::{Alarm, Reminder};
use crate::Task;

/// What becomes of a reminder when its task changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// Nothing.
    Kept,
    /// It rings when it would have rung, but says something else: the task's new
    /// title, or its new due date.
    Retold,
    /// It is cancelled: there is no due date any more that it could be before.
    Cancelled,
    /// Another takes its place, under an id of its own: the due date moved. If it
    /// was still to ring, it is cancelled.
    Replaced(Alarm),
}

/// What becomes of a reminder of the task `before` when it changes to `after`.
///
/// One that rang stays what it was, unless the due date moves so that it can ring
/// again. One that was still to ring and whose new time is past rings at once.
#[must_use]
pub fn adjust(reminder: &Reminder, before: &Task, after: &Task, now: DateTime<Utc>) -> Adjustment {
    let open = reminder.is_open(now);
    let told = before.title != after.title || before.due_date != after.due_date;
    let same_time = if open && told {
        Adjustment::Retold
    } else {
        Adjustment::Kept
    };
    let Some(span) = &reminder.alarm.before else {
        return same_time;
    };
    let moved = after
        .due_date
        .and_then(|due| span.at(due, &after.time_zone));
    match moved {
        Some(at) if at == reminder.alarm.remind_at => same_time,
        Some(at) if open || at > now => Adjustment::Replaced(Alarm {
            remind_at: at,
            before: Some(span.clone()),
        }),
        None if open => Adjustment::Cancelled,
        Some(_) | None => Adjustment::Kept,
    }
}
