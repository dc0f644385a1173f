//! Topic `task-events`.

use serde::{Deserialize, Serialize};

use super::{checks, json_by_mirror};
use crate::{Priority, TaskEvent, TaskEventData, TaskEventType, Timestamp};

/// What happened to a task.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(remote = "TaskEvent")]
struct TaskEventJson {
    /// What happened.
    event_type: TaskEventType,
    /// The task.
    #[serde(with = "checks::id")]
    #[cfg_attr(
        feature = "schema",
        schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)
    )]
    task_id: u64,
    /// Whose task it is.
    #[serde(with = "checks::person")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 256))]
    user_id: String,
    /// The task as it is after the event; for `task.deleted`, as it was last.
    task_data: TaskEventData,
    /// When it happened.
    timestamp: Timestamp,
    /// One for each event: what makes a handler idempotent.
    #[serde(with = "checks::correlation_id")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 256))]
    correlation_id: String,
}

json_by_mirror!(TaskEvent, TaskEventJson);

/// A task as an event carries it.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(remote = "TaskEventData")]
struct TaskEventDataJson {
    /// What is to be done.
    title: String,
    /// The details, where there are any.
    #[serde(default)]
    description: Option<String>,
    /// Whether it is done.
    #[serde(default, deserialize_with = "checks::null_is_default")]
    completed: bool,
    /// How urgent it is.
    #[serde(default, deserialize_with = "checks::null_is_default")]
    priority: Priority,
    /// When it is to be done by.
    #[serde(default)]
    due_date: Option<Timestamp>,
    /// The user's own labels.
    #[serde(default, deserialize_with = "checks::null_is_default")]
    tags: Vec<String>,
    /// How it comes again: `daily`, `weekly`, `monthly`, `yearly` or an RFC 5545 rule.
    #[serde(default)]
    recurring_pattern: Option<String>,
    /// When it comes again.
    #[serde(default)]
    next_occurrence: Option<Timestamp>,
}

json_by_mirror!(TaskEventData, TaskEventDataJson);
