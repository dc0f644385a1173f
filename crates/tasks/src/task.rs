//! A task.

use chrono::{DateTime, Utc};
use duebell_events::Priority;

use duebell_ids::TaskId;

use crate::{Recurrence, Series};

/// A task, as it is stored. Times are in UTC to the millisecond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Whose it is.
    pub user_id: String,
    /// What is to be done: 1 to 200 characters.
    pub title: String,
    /// The details: up to 10,000 characters.
    pub description: Option<String>,
    /// Whether it is done.
    pub completed: bool,
    /// How urgent it is.
    pub priority: Priority,
    /// When it is to be done by.
    pub due_date: Option<DateTime<Utc>>,
    /// The user's own labels: up to 50 of up to 50 characters, none twice.
    pub tags: Vec<String>,
    /// How often it comes again; only with a due date.
    pub recurring_pattern: Option<Recurrence>,
    /// Its place among its occurrences, if it comes again.
    pub series: Option<Series>,
    /// The IANA name of the zone in which it comes again.
    pub time_zone: String,
    /// When it was completed, if it is.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// 1 at first, and one more with every change.
    pub version: i64,
}

impl Task {
    /// When it comes again: the first occurrence after both the due date and its
    /// completion. While it is open that is as if it were completed `now`.
    #[must_use]
    pub fn next_occurrence(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let after = self.completed_at.unwrap_or(now);
        Some(self.next_in_series(after)?.1)
    }

    /// The next of its series after both the due date and `after`, and when.
    pub(crate) fn next_in_series(&self, after: DateTime<Utc>) -> Option<(Series, DateTime<Utc>)> {
        let (pattern, due) = (self.recurring_pattern.as_ref()?, self.due_date?);
        self.series
            .as_ref()?
            .next(pattern, due, after, &self.time_zone)
    }
}
