//! A notification.

use chrono::{DateTime, SecondsFormat, Utc};
use duebell_events::Timestamp;
use duebell_ids::NotificationId;
use serde::{Serialize, Serializer};

/// What a user is told. As JSON it is what the HTTP interface shows; times are
/// RFC 3339 in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Notification {
    /// Its id.
    pub(crate) id: NotificationId,
    /// What it is about: so far a reminder that rang.
    pub(crate) kind: Kind,
    /// The task.
    pub(crate) task_id: i64,
    /// The reminder.
    pub(crate) reminder_id: i64,
    /// What it says.
    pub(crate) title: String,
    /// When the task is to be done by.
    #[serde(serialize_with = "timestamp")]
    pub(crate) due_at: Timestamp,
    /// When it was to ring.
    #[serde(serialize_with = "timestamp")]
    pub(crate) remind_at: Timestamp,
    /// When it was made.
    #[serde(serialize_with = "time")]
    pub(crate) created_at: DateTime<Utc>,
    /// When the user read it.
    #[serde(serialize_with = "optional_time")]
    pub(crate) read_at: Option<DateTime<Utc>>,
    /// Since when it needs no attention any more: its task was completed or
    /// deleted, or its reminder cancelled.
    #[serde(serialize_with = "optional_time")]
    pub(crate) settled_at: Option<DateTime<Utc>>,
}

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A reminder that rang.
    Reminder,
}

fn timestamp<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}

fn time<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn optional_time<S: Serializer>(at: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => time(at, to),
        None => to.serialize_none(),
    }
}
