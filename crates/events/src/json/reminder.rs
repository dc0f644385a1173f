//! Topic `reminder-events`.

use serde::{Deserialize, Serialize};

use super::{checks, json_by_mirror};
use crate::{ReminderEvent, ReminderEventType, Timestamp};

/// What happened to a reminder.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(remote = "ReminderEvent")]
struct ReminderEventJson {
    /// What happened.
    event_type: ReminderEventType,
    /// The reminder.
    #[serde(with = "checks::id")]
    #[cfg_attr(
        feature = "schema",
        schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)
    )]
    reminder_id: u64,
    /// The task that it reminds of.
    #[serde(with = "checks::id")]
    #[cfg_attr(
        feature = "schema",
        schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)
    )]
    task_id: u64,
    /// Whose reminder it is.
    #[serde(with = "checks::person")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 256))]
    user_id: String,
    /// What the reminder says.
    title: String,
    /// When the task is to be done by.
    due_at: Timestamp,
    /// When the reminder rings.
    remind_at: Timestamp,
    /// One for each event: what makes a handler idempotent.
    #[serde(with = "checks::correlation_id")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 256))]
    correlation_id: String,
}

json_by_mirror!(ReminderEvent, ReminderEventJson);
