//! When a task comes again.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use crate::zone;

/// How often a task comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(rename_all = "lowercase"))]
pub enum Recurrence {
    /// Every day.
    Daily,
    /// Every seven days.
    Weekly,
    /// On the same day of every month that has it.
    Monthly,
    /// On the same day of every year that has it.
    Yearly,
}

impl Recurrence {
    /// Every pattern.
    pub const ALL: &'static [Self] = &[Self::Daily, Self::Weekly, Self::Monthly, Self::Yearly];

    /// Its name, as in `recurring_pattern`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
        }
    }
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRecurrence;

impl fmt::Display for UnknownRecurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Use daily, weekly, monthly or yearly.")
    }
}

impl std::error::Error for UnknownRecurrence {}

impl FromStr for Recurrence {
    type Err = UnknownRecurrence;

    fn from_str(name: &str) -> Result<Self, UnknownRecurrence> {
        Self::ALL
            .iter()
            .copied()
            .find(|pattern| pattern.as_str() == name)
            .ok_or(UnknownRecurrence)
    }
}

impl Serialize for Recurrence {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// The first occurrence after both `due` and `after`: what was missed is skipped.
///
/// It keeps the time of day of `due` in the IANA time zone `zone`, through changes
/// of its offset: a time that a day does not have is moved on by the length of
/// the gap, of one that it has twice the first is taken (RFC 5545, section
/// 3.3.5). Months without the day, and years without 29 February, are skipped
/// (section 3.3.10).
///
/// `None` if the zone is unknown, or there is none before the year 10,000.
#[must_use]
pub fn next_occurrence(
    pattern: Recurrence,
    due: DateTime<Utc>,
    after: DateTime<Utc>,
    zone: &str,
) -> Option<DateTime<Utc>> {
    zone::first_after(pattern, due, after, zone)
}

#[cfg(test)]
mod tests;
