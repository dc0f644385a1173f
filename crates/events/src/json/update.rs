//! Topic `task-updates`.

use serde::{Deserialize, Serialize};

use super::{checks, json_by_mirror};
use crate::{JsonObject, TaskUpdateAction, TaskUpdateEvent, TaskUpdateEventType, Timestamp};

/// What open clients must show.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(remote = "TaskUpdateEvent")]
struct TaskUpdateEventJson {
    /// What it tells.
    event_type: TaskUpdateEventType,
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
    /// What was done.
    action: TaskUpdateAction,
    /// The fields that changed, with their new values.
    changes: JsonObject,
    /// The client that made the change, so that it knows its own echo.
    #[serde(default)]
    source_client: Option<String>,
    /// When it was made.
    timestamp: Timestamp,
}

json_by_mirror!(TaskUpdateEvent, TaskUpdateEventJson);
