//! A span of time before a due date.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use crate::zone;

/// How long before its task's due date a reminder rings, as RFC 5545, section
/// 3.3.6, has durations: weeks, days, hours, minutes and seconds. A day is a day
/// in the task's time zone, however long it is; 24 hours are 24 hours.
///
/// Zero to ten years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before(String);

/// Text that is no such span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotBefore;

impl Before {
    /// When a reminder rings whose task is due at `due`, in this zone. `None` if
    /// the zone is unknown, or that is before 1970.
    #[must_use]
    pub fn at(&self, due: DateTime<Utc>, zone: &str) -> Option<DateTime<Utc>> {
        zone::earlier(due, &self.0, zone).filter(|at| *at >= DateTime::UNIX_EPOCH)
    }

    /// The span: `PT1H`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Before {
    type Err = NotBefore;

    fn from_str(text: &str) -> Result<Self, NotBefore> {
        zone::canonical_span(text).map(Self).ok_or(NotBefore)
    }
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NotBefore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "Use an ISO 8601 duration of weeks, days, hours, minutes and seconds, up to ten years, such as PT1H or P1D.",
        )
    }
}

impl std::error::Error for NotBefore {}

impl Serialize for Before {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}
