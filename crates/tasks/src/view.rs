//! A task as clients see it.

use chrono::{DateTime, SecondsFormat, Utc};
use duebell_events::Priority;
use serde::{Serialize, Serializer};

use duebell_ids::TaskId;

use crate::{Recurrence, Reminder, ReminderView, Task};

/// A task in the answers of the HTTP interface. Times are RFC 3339 in UTC, with
/// milliseconds.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Task))]
pub struct TaskView<'a> {
    /// Its id: 1 to 2^53 - 1.
    #[cfg_attr(feature = "openapi", schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_u64))]
    id: TaskId,
    /// What is to be done.
    title: &'a str,
    /// The details.
    #[cfg_attr(feature = "openapi", schema(required))]
    description: Option<&'a str>,
    /// Whether it is done.
    completed: bool,
    /// How urgent it is.
    priority: Priority,
    /// When it is to be done by.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime, required))]
    due_date: Option<DateTime<Utc>>,
    /// The user's own labels.
    tags: &'a [String],
    /// How often it comes again.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, required))]
    recurring_pattern: Option<&'a str>,
    /// When it comes again: the first time after both its due date and its
    /// completion, or now while it is open.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime, required))]
    next_occurrence: Option<DateTime<Utc>>,
    /// The IANA time zone in which it comes again.
    time_zone: &'a str,
    /// Its reminders, those first that ring first; not those that are cancelled.
    reminders: Vec<ReminderView<'a>>,
    /// When it was completed.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime, required))]
    completed_at: Option<DateTime<Utc>>,
    /// When it was made.
    #[serde(serialize_with = "time")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    created_at: DateTime<Utc>,
    /// When it was changed last.
    #[serde(serialize_with = "time")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    updated_at: DateTime<Utc>,
    /// 1 at first, and one more with every change.
    version: i64,
}

impl<'a> TaskView<'a> {
    /// The view of a task with its reminders at this time.
    #[must_use]
    pub fn new(task: &'a Task, reminders: &'a [Reminder], now: DateTime<Utc>) -> Self {
        Self {
            id: task.id,
            title: &task.title,
            description: task.description.as_deref(),
            completed: task.completed,
            priority: task.priority,
            due_date: task.due_date,
            tags: &task.tags,
            recurring_pattern: task.recurring_pattern.as_ref().map(Recurrence::as_str),
            next_occurrence: task.next_occurrence(now),
            time_zone: &task.time_zone,
            reminders: reminders
                .iter()
                .map(|reminder| ReminderView::new(reminder, now))
                .collect(),
            completed_at: task.completed_at,
            created_at: task.created_at,
            updated_at: task.updated_at,
            version: task.version,
        }
    }
}

pub(crate) fn time<S: Serializer>(time: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn optional_time<S: Serializer>(at: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => time(at, to),
        None => to.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{NewTask, TaskId, create};

    use super::*;

    #[test]
    fn a_task_is_shown_with_every_field() {
        let now: DateTime<Utc> = "2026-01-14T10:30:00.1234Z".parse().unwrap();
        let new: NewTask = serde_json::from_str(
            r#"{ "title": "Buy groceries", "due_date": "2026-01-15T14:00:00Z",
                 "tags": ["shopping"], "recurring_pattern": "weekly" }"#,
        )
        .unwrap();
        let made = create(new, "alice", TaskId::new(123).unwrap(), now).unwrap();
        assert_eq!(
            serde_json::to_string(&TaskView::new(&made.task, &[], now)).unwrap(),
            concat!(
                r#"{"id":123,"title":"Buy groceries","description":null,"completed":false,"#,
                r#""priority":"medium","due_date":"2026-01-15T14:00:00.000Z","tags":["shopping"],"#,
                r#""recurring_pattern":"weekly","next_occurrence":"2026-01-22T14:00:00.000Z","#,
                r#""time_zone":"UTC","reminders":[],"completed_at":null,"#,
                r#""created_at":"2026-01-14T10:30:00.123Z","updated_at":"2026-01-14T10:30:00.123Z","#,
                r#""version":1}"#
            )
        );
    }
}
