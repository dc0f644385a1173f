//! How tasks come about and change. Every change raises the version by one.

use chrono::{DateTime, Utc};

use crate::fields::Fields;
use crate::reminder::alarms;
use crate::rules::{Problems, to_milliseconds};
use crate::{Alarm, FieldProblem, NewTask, Task, TaskId, TaskPatch};

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
pub enum Completion {
    /// Nothing: it was completed before.
    AlreadyCompleted,
    /// The task as it is now.
    Completed(Task),
}

/// What reopening a task led to.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        title,
        description,
        priority,
        due_date,
        tags,
        recurring_pattern,
        time_zone,
        ..next_version(task, now)
    };
    Ok(Change::Changed {
        task,
        changed_fields,
    })
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
