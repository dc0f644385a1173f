//! How tasks come about and change. Every change raises the version by one.

use chrono::{DateTime, Utc};

use crate::fields::Fields;
use crate::reminder::{MOST_REMINDERS, alarms};
use crate::rules::{Problems, to_milliseconds};
use crate::{Alarm, FieldProblem, NewTask, Recurrence, Series, Task, TaskId, TaskPatch};

/// What a new task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The task.
    pub task: Task,
    /// When it rings: its reminders but for their ids.
    pub alarms: Vec<Alarm>,
}

/// What a patch led to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_family = "wasm"),
    expect(
        clippy::large_enum_variant,
        reason = "one for each request, taken apart at once: a box would only cost"
    )
)]
pub enum Change {
    /// Nothing: all that it sets was so before.
    Unchanged,
    /// A change.
    Changed {
        /// The task as it is now.
        task: Task,
        /// The names of the fields that changed.
        changed_fields: Vec<&'static str>,
    },
}

/// What completing a task led to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_family = "wasm"),
    expect(
        clippy::large_enum_variant,
        reason = "one for each request, taken apart at once: a box would only cost"
    )
)]
pub enum Completion {
    /// Nothing: it was completed before.
    AlreadyCompleted,
    /// The task as it is now.
    Completed(Task),
}

/// What reopening a task led to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_family = "wasm"),
    expect(
        clippy::large_enum_variant,
        reason = "one for each request, taken apart at once: a box would only cost"
    )
)]
pub enum Reopening {
    /// Nothing: it was open.
    AlreadyOpen,
    /// The task as it is now.
    Reopened(Task),
}

/// A new task of this user.
///
/// # Errors
/// All fields that cannot be taken.
pub fn create(
    new: NewTask,
    user_id: &str,
    id: TaskId,
    now: DateTime<Utc>,
) -> Result<Created, Vec<FieldProblem>> {
    let now = to_milliseconds(now);
    let mut problems = Problems::default();
    let reminders = new.reminders.clone().unwrap_or_default();
    let fields = Fields::empty().merged(&new.into(), &mut problems);
    let alarms = alarms(
        &reminders,
        fields.due_date,
        &fields.time_zone,
        now,
        &mut problems,
    );
    let Fields {
        title,
        description,
        priority,
        due_date,
        tags,
        recurring_pattern,
        time_zone,
    } = problems.into_result(fields)?;
    let task = Task {
        series: begin_series(id, 1, &recurring_pattern, due_date, &time_zone),
        id,
        user_id: user_id.to_owned(),
        title,
        description,
        completed: false,
        priority,
        due_date,
        tags,
        recurring_pattern,
        time_zone,
        completed_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    Ok(Created { task, alarms })
}

/// The task with a merge patch applied (RFC 7396).
///
/// # Errors
/// All fields that cannot be taken.
pub fn apply_patch(
    task: &Task,
    patch: &TaskPatch,
    now: DateTime<Utc>,
) -> Result<Change, Vec<FieldProblem>> {
    let before = Fields::of(task);
    let mut problems = Problems::default();
    let after = before.clone().merged(patch, &mut problems);
    let after = problems.into_result(after)?;
    let changed_fields = before.differences(&after);
    if changed_fields.is_empty() {
        return Ok(Change::Unchanged);
    }
    let next = next_version(task, now);
    let series = if before.recur_differently(&after) {
        let begun = begin_series(
            task.id,
            next.version,
            &after.recurring_pattern,
            after.due_date,
            &after.time_zone,
        );
        match &task.series {
            // The next one may be there, or be made right now: it stays the only one.
            Some(series) if task.completed => begun.map(|begun| begun.in_place_of(series)),
            _ => begun,
        }
    } else {
        task.series.clone()
    };
    let Fields {
        title,
        description,
        priority,
        due_date,
        tags,
        recurring_pattern,
        time_zone,
    } = after;
    let task = Task {
        series,
        title,
        description,
        priority,
        due_date,
        tags,
        recurring_pattern,
        time_zone,
        ..next
    };
    Ok(Change::Changed {
        task,
        changed_fields,
    })
}

/// The series that a task begins at this version, if it comes again.
fn begin_series(
    id: TaskId,
    version: i64,
    pattern: &Option<Recurrence>,
    due: Option<DateTime<Utc>>,
    zone: &str,
) -> Option<Series> {
    pattern.as_ref()?;
    Series::begin(id, version, due?, zone)
}

/// The task, completed.
#[must_use]
pub fn complete(task: &Task, now: DateTime<Utc>) -> Completion {
    if task.completed {
        return Completion::AlreadyCompleted;
    }
    Completion::Completed(Task {
        completed: true,
        completed_at: Some(to_milliseconds(now)),
        ..next_version(task, now)
    })
}

/// What comes of a completed task that comes again: its next occurrence, and when
/// that rings. `alarms` are the task's own, those included that rang.
///
/// `None` if none comes of it: it is open, comes only once, or this was the last.
#[must_use]
pub fn next_occurrence(
    task: &Task,
    alarms: &[Alarm],
    id: TaskId,
    now: DateTime<Utc>,
) -> Option<Created> {
    let (series, due) = task.next_in_series(task.completed_at?)?;
    let now = to_milliseconds(now);
    let mut alarms: Vec<Alarm> = alarms
        .iter()
        .filter_map(|alarm| alarm.of_next(task, due))
        .collect();
    alarms.sort_by_key(|alarm| alarm.remind_at);
    alarms.truncate(MOST_REMINDERS);
    let task = Task {
        id,
        completed: false,
        due_date: Some(due),
        series: Some(series),
        completed_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
        ..task.clone()
    };
    Some(Created { task, alarms })
}

/// The task, open again.
#[must_use]
pub fn reopen(task: &Task, now: DateTime<Utc>) -> Reopening {
    if !task.completed {
        return Reopening::AlreadyOpen;
    }
    Reopening::Reopened(Task {
        completed: false,
        completed_at: None,
        ..next_version(task, now)
    })
}

/// The task after a change that is not in its own fields: of its reminders.
#[must_use]
pub fn next_version(task: &Task, now: DateTime<Utc>) -> Task {
    Task {
        // A clock that went back does not make a change older than the last.
        updated_at: to_milliseconds(now).max(task.updated_at),
        version: task.version.saturating_add(1),
        ..task.clone()
    }
}

#[cfg(test)]
mod tests;
