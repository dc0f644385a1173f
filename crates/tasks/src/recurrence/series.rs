//! The occurrences that came of one recurring task.

use std::fmt;

use chrono::{DateTime, Utc};
use jiff::civil;

use super::{Recurrence, occurrences};
use crate::{Task, TaskId, zone};

/// Which series a task belongs to: the task that it began with, and the version at
/// which it did. Whoever changes when a task comes again begins another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeriesId(String);

impl fmt::Display for SeriesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A task's place among the occurrences of its series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    id: SeriesId,
    number: i64,
    counted: i64,
    start: civil::DateTime,
}

/// A series as a database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSeries {
    /// Which it is.
    pub id: String,
    /// 1 for the task that it began with, 2 for the one that came of it, and so on.
    pub number: i64,
    /// How many occurrences the rule has had with this one, those too that nobody
    /// saw since they were missed.
    pub counted: i64,
    /// When it began: the first due date in its time zone, such as
    /// `2026-03-28T09:00:00`.
    pub start: String,
}

impl Series {
    /// The series that begins with this version of a task. `None` if there is no
    /// such zone.
    pub(crate) fn begin(
        task: TaskId,
        version: i64,
        due: DateTime<Utc>,
        zone: &str,
    ) -> Option<Self> {
        Some(Self {
            id: SeriesId(format!("{task}.{version}")),
            number: 1,
            counted: 1,
            start: zone::local(due, zone)?,
        })
    }

    /// The series that begins with this task, if it comes again: of one that was kept
    /// before there were series.
    #[must_use]
    pub fn of(task: &Task) -> Option<Self> {
        task.recurring_pattern.as_ref()?;
        Self::begin(task.id, 1, task.due_date?, &task.time_zone)
    }

    /// This series' times at the place of another: what comes next is that one's next.
    pub(crate) fn in_place_of(self, other: &Self) -> Self {
        Self {
            id: other.id.clone(),
            number: other.number,
            ..self
        }
    }

    /// One from the database; `None` if it is none.
    #[must_use]
    pub fn from_stored(stored: StoredSeries) -> Option<Self> {
        Some(Self {
            id: SeriesId(stored.id),
            number: stored.number,
            counted: stored.counted,
            start: stored.start.parse().ok()?,
        })
    }

    /// As a database keeps it.
    #[must_use]
    pub fn to_stored(&self) -> StoredSeries {
        StoredSeries {
            id: self.id.0.clone(),
            number: self.number,
            counted: self.counted,
            start: self.start.to_string(),
        }
    }

    /// Which it is.
    #[must_use]
    pub fn id(&self) -> &SeriesId {
        &self.id
    }

    /// The first occurrence after both `due`, which is this one's, and `after`: what
    /// was missed is skipped, and counts for `COUNT`.
    ///
    /// Times of day are those of the IANA time zone `zone`, through changes of its
    /// offset. Months and years without the day are skipped (RFC 5545, section
    /// 3.3.10). `None` if there is none, and if the zone is unknown.
    pub(crate) fn next(
        &self,
        pattern: &Recurrence,
        due: DateTime<Utc>,
        after: DateTime<Utc>,
        zone: &str,
    ) -> Option<(Self, DateTime<Utc>)> {
        let rule = &pattern.rule;
        let zone = zone::find(zone)?;
        let from = zone::to_jiff(due)?;
        let bound = zone::to_jiff(due.max(after))?;
        let end = rule.end(&zone);
        // What counts has to be counted from here, the rest can be jumped over.
        let near = if rule.count.is_some() { from } else { bound };
        let mut counted = self.counted;
        let mut last = from;
        for at in occurrences::after(rule, self.start, zone, from, near, bound) {
            if end.is_some_and(|end| at > end) {
                return None;
            }
            if at <= last {
                continue;
            }
            last = at;
            counted += 1;
            if rule.count.is_some_and(|most| counted > most) {
                return None;
            }
            if at > bound {
                let number = self.number + 1;
                let next = Self {
                    id: self.id.clone(),
                    number,
                    counted: if rule.count.is_some() {
                        counted
                    } else {
                        number
                    },
                    start: self.start,
                };
                return Some((next, zone::to_chrono(at)?));
            }
        }
        None
    }
}

/// Whether a task that is due then can come again by a pattern; otherwise what is
/// wrong. That it comes once is right: `COUNT=1` says so.
pub(crate) fn check(pattern: &Recurrence, due: DateTime<Utc>, zone: &str) -> Result<(), String> {
    let rule = &pattern.rule;
    let (Some(zone), Some(from)) = (zone::find(zone), zone::to_jiff(due)) else {
        // That is another field's problem.
        return Ok(());
    };
    if rule.end(&zone).is_some_and(|end| end < from) {
        return Err(
            "It ends before the due date: set a later UNTIL, or an earlier due date.".into(),
        );
    }
    let start = zone.to_datetime(from);
    let mut all = occurrences::after(rule, start, zone, from, from, from);
    match all.next() {
        Some(_) => Ok(()),
        None => Err(format!(
            "It never comes within {} years after the due date: no day is all that it asks for.",
            occurrences::HORIZON
        )),
    }
}
