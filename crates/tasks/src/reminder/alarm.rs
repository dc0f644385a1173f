//! When a reminder rings, and how clients say so.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;

use super::{Before, MOST_REMINDERS};
use crate::rules::{self, Problems};
use crate::{FieldProblem, Task, zone};

/// When a reminder rings, and what that follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// When it rings.
    pub remind_at: DateTime<Utc>,
    /// How long that is before the task's due date, which it follows. Absent: it
    /// rings at a time of its own.
    pub before: Option<Before>,
}

impl Alarm {
    /// The same alarm of the task's next occurrence: as long before its due date, or
    /// as far from it by the clocks in its zone. A time that is past rings at once.
    ///
    /// `None` if there is no such time.
    pub(crate) fn of_next(&self, task: &Task, next_due: DateTime<Utc>) -> Option<Self> {
        let zone = &task.time_zone;
        let remind_at = match &self.before {
            Some(span) => span.at(next_due, zone)?,
            None => zone::moved_along(self.remind_at, task.due_date?, next_due, zone)?,
        };
        Some(Self {
            remind_at,
            before: self.before.clone(),
        })
    }
}

/// A reminder as clients ask for one: either at a time, or before the due date.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewReminder {
    /// When it rings: RFC 3339 with a zone, not in the past, kept to the
    /// millisecond. This or `before`.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub remind_at: Option<String>,
    /// How long before the due date it rings, which it then follows: an ISO 8601
    /// duration of weeks, days, hours, minutes and seconds, up to ten years. A day
    /// is one of the task's time zone. This or `remind_at`.
    #[cfg_attr(feature = "openapi", schema(example = "PT1H"))]
    pub before: Option<String>,
}

/// The alarm that a client asks for, of a task that has `others` reminders.
///
/// # Errors
/// What is wrong with it.
pub fn one_alarm(
    wanted: &NewReminder,
    task: &Task,
    others: usize,
    now: DateTime<Utc>,
) -> Result<Alarm, Vec<FieldProblem>> {
    let mut problems = Problems::default();
    if others >= MOST_REMINDERS {
        problems.add(
            "",
            format!("A task has up to {MOST_REMINDERS} reminders: delete one, rung or not, to make room."),
        );
    }
    let due = Due {
        date: task.due_date,
        zone: &task.time_zone,
    };
    match alarm(wanted, "", &due, now, &mut problems) {
        Some(alarm) => problems.into_result(alarm),
        None => Err(problems.into_list()),
    }
}

/// The alarms of a new task; what is wrong is added to the problems.
pub(crate) fn alarms(
    wanted: &[NewReminder],
    due_date: Option<DateTime<Utc>>,
    zone: &str,
    now: DateTime<Utc>,
    problems: &mut Problems,
) -> Vec<Alarm> {
    if wanted.len() > MOST_REMINDERS {
        problems.add(
            "/reminders",
            format!("Use at most {MOST_REMINDERS} reminders."),
        );
        return Vec::new();
    }
    let due = Due {
        date: due_date,
        zone,
    };
    wanted
        .iter()
        .enumerate()
        .filter_map(|(index, wanted)| {
            alarm(wanted, &format!("/reminders/{index}"), &due, now, problems)
        })
        .collect()
}

/// What relative alarms refer to.
struct Due<'a> {
    date: Option<DateTime<Utc>>,
    zone: &'a str,
}

fn alarm(
    wanted: &NewReminder,
    place: &str,
    due: &Due<'_>,
    now: DateTime<Utc>,
    problems: &mut Problems,
) -> Option<Alarm> {
    let (field, read) = match (&wanted.remind_at, &wanted.before) {
        (Some(at), None) => (
            "remind_at",
            rules::time(at).map(|remind_at| Alarm {
                remind_at,
                before: None,
            }),
        ),
        (None, Some(span)) => ("before", relative(span, due)),
        _ => {
            problems.add(
                place,
                "Use either remind_at, a time, or before, how long before the due date.",
            );
            return None;
        }
    };
    let read = read.and_then(|alarm| {
        if alarm.remind_at < now {
            let at = alarm.remind_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            return Err(format!(
                "It would have rung at {at}, which is past: use a later time."
            ));
        }
        Ok(alarm)
    });
    read.map_err(|detail| problems.add(format!("{place}/{field}"), detail))
        .ok()
}

fn relative(span: &str, due: &Due<'_>) -> Result<Alarm, String> {
    let before: Before = span
        .parse()
        .map_err(|error: super::before::NotBefore| error.to_string())?;
    let date = due.date.ok_or(
        "The task has no due date for it to be before: set due_date, or use remind_at instead.",
    )?;
    let remind_at = before
        .at(date, due.zone)
        .ok_or("That is before 1970: use a shorter one.")?;
    Ok(Alarm {
        remind_at,
        before: Some(before),
    })
}
