//! Topic `audit-events`.

use serde::{Deserialize, Serialize};

use super::{checks, json_by_mirror};
use crate::{AuditEvent, AuditEventType, JsonObject, Timestamp};

/// What was done that users may want to know of.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(remote = "AuditEvent")]
struct AuditEventJson {
    /// What was done.
    event_type: AuditEventType,
    /// In whose audit it is: that of the user whose data it is about, and else the
    /// operator's.
    #[serde(with = "checks::user_id")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 256))]
    user_id: String,
    /// The operator who did it; null if Duebell did, by itself.
    #[serde(default)]
    actor: Option<String>,
    /// What it was done to, and what came of it.
    details: JsonObject,
    /// When it was done.
    timestamp: Timestamp,
    /// One for each event.
    #[serde(with = "checks::correlation_id")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 256))]
    correlation_id: String,
}

json_by_mirror!(AuditEvent, AuditEventJson);
