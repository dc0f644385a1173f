//! A dead letter, as operators see it.

use chrono::{DateTime, Utc};
use duebell_ids::DeadLetterId;
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// Where a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It has not taken effect.
    Open,
    /// It took effect after all.
    Settled,
    /// An operator gave it up.
    Discarded,
}

impl Status {
    const ALL: [Self; 3] = [Self::Open, Self::Settled, Self::Discarded];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Settled => "settled",
            Self::Discarded => "discarded",
        }
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(name: &str) -> Result<Self, UnknownStatus> {
        let known = |status: &Self| status.as_str() == name;
        Self::ALL.into_iter().find(known).ok_or(UnknownStatus)
    }
}

/// A name of no [`Status`].
#[derive(Debug)]
pub(crate) struct UnknownStatus;

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// An event that a subscriber gave up, but for the event itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Letter {
    /// Its id.
    pub(crate) id: DeadLetterId,
    /// The component that gave it up.
    pub(crate) subscriber: String,
    /// The topic that it was published to; null if that cannot be told.
    pub(crate) topic: Option<String>,
    /// What it says happened; null if it cannot be read.
    pub(crate) event_type: Option<String>,
    /// Its CloudEvents id; null if it has none.
    pub(crate) event_id: Option<String>,
    /// Whose it is; null if it cannot be read.
    pub(crate) user_id: Option<String>,
    /// Where it stands.
    pub(crate) status: Status,
    /// Why the last attempt failed; null until the subscriber was asked.
    pub(crate) reason: Option<String>,
    /// How often the subscriber attempted it before it gave up; null until the
    /// subscriber was asked.
    pub(crate) attempts: Option<i64>,
    /// Whether it is replayed by itself, since the reason may pass.
    pub(crate) passing: bool,
    /// How many replays the subscriber has answered.
    pub(crate) replays: i64,
    /// When it is replayed by itself, at the earliest; null if it waits for an operator.
    pub(crate) next_replay_at: Option<DateTime<Utc>>,
    /// When it came.
    pub(crate) arrived_at: DateTime<Utc>,
    /// When something last happened to it.
    pub(crate) changed_at: DateTime<Utc>,
}
