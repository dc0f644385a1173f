//! What a task is, how it changes, when it rings, and when it comes again.
//!
//! Pure rules: no I/O, no HTTP, no database. The time and the randomness of ids
//! are parameters. What a change can lead to is an enum; the only errors are the
//! fields that cannot be taken, all of them at once.
//!
//! ```
//! use chrono::{DateTime, TimeDelta};
//! use duebell_tasks::{Completion, NewTask, TaskId, complete, create};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now: DateTime<chrono::Utc> = "2026-01-14T10:30:00Z".parse()?;
//! let new: NewTask = serde_json::from_str(
//!     r#"{ "title": "Water the plants", "due_date": "2026-01-15T09:00:00+01:00",
//!          "recurring_pattern": "daily", "time_zone": "Europe/Berlin" }"#,
//! )?;
//! let made = create(new, "alice", TaskId::generate(now, 0x5eed), now).map_err(|fields| format!("{fields:?}"))?;
//! let late = now + TimeDelta::days(3);
//! let Completion::Completed(task) = complete(&made.task, late) else { return Err("it is open".into()) };
//! assert_eq!(task.next_occurrence(late), Some("2026-01-18T08:00:00Z".parse()?));
//! # Ok(())
//! # }
//! ```

mod change;
mod events;
mod fields;
mod input;
mod patch;
mod recurrence;
mod reminder;
mod rules;
mod task;
mod view;
mod zone;

pub use crate::change::{
    Change, Completion, Created, Reopening, apply_patch, complete, create, next_occurrence,
    next_version, reopen,
};
pub use crate::events::{changes, reminder_event, task_event, update_event};
pub use crate::fields::ALL_FIELDS;
pub use crate::input::{NewTask, TaskPatch};
pub use crate::patch::Patch;
pub use crate::recurrence::{NotARecurrence, Recurrence, Series, SeriesId, StoredSeries};
pub use crate::reminder::{
    Adjustment, Alarm, Before, MOST_REMINDERS, NewReminder, Reminder, ReminderStatus, ReminderView,
    adjust, one_alarm,
};
pub use crate::rules::{FieldProblem, parse_time};
pub use crate::task::Task;
pub use crate::view::TaskView;
pub use duebell_events::Priority;
pub use duebell_ids::{ReminderId, TaskId};
