//! When a task comes again.

mod occurrences;
mod parse;
mod rule;
mod series;

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use self::rule::{Frequency, Rule};
pub(crate) use self::series::check;
pub use self::series::{Series, SeriesId, StoredSeries};

/// How often a task comes again: `daily`, `weekly`, `monthly`, `yearly`, or a rule
/// of RFC 5545 (section 3.3.10).
///
/// ```
/// use duebell_tasks::Recurrence;
///
/// assert!("RRULE:FREQ=MONTHLY;BYDAY=-1FR".parse::<Recurrence>().is_ok());
/// let error = "FREQ=SECONDLY".parse::<Recurrence>().unwrap_err();
/// assert!(error.to_string().contains("once an hour"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    text: String,
    rule: Box<Rule>,
}

/// The patterns that have names.
const NAMED: [(&str, Frequency); 4] = [
    ("daily", Frequency::Daily),
    ("weekly", Frequency::Weekly),
    ("monthly", Frequency::Monthly),
    ("yearly", Frequency::Yearly),
];

impl Recurrence {
    /// As its user wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// What is wrong with text that is no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotARecurrence(String);

impl fmt::Display for NotARecurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotARecurrence {}

impl FromStr for Recurrence {
    type Err = NotARecurrence;

    fn from_str(text: &str) -> Result<Self, NotARecurrence> {
        let named = NAMED.iter().find(|(name, _)| *name == text);
        let rule = match named {
            Some((_, frequency)) => Rule::every(*frequency),
            None => parse::rule(text).map_err(NotARecurrence)?,
        };
        Ok(Self {
            text: text.to_owned(),
            rule: Box::new(rule),
        })
    }
}

impl Serialize for Recurrence {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
