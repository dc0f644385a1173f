//! What is wrong with a component.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Something that is wrong with a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Since when, if it is known.
    pub since: Option<DateTime<Utc>>,
    /// What it is, and what to do about it: a sentence for whoever operates the
    /// service, in an answer that anybody may read.
    pub detail: &'static str,
}

/// How a component is, as it tells others: JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Since when something is wrong, if that is known. Whoever is told keeps the time
    /// of the telling otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// What is wrong, and what to do. None: nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Report {
    /// A report of all these.
    #[must_use]
    pub fn of(troubles: &[Trouble]) -> Self {
        let details: Vec<&str> = troubles.iter().map(|trouble| trouble.detail).collect();
        Self {
            since: troubles.iter().filter_map(|trouble| trouble.since).min(),
            detail: (!details.is_empty()).then(|| details.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_holds_all_troubles_and_begins_with_the_first() {
        assert_eq!(Report::of(&[]), Report::default());
        let trouble = |since, detail| Trouble { since, detail };
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        let report = Report::of(&[
            trouble(None, "One."),
            trouble(at(20), "Two."),
            trouble(at(10), "Three."),
        ]);
        assert_eq!(report.since, at(10));
        assert_eq!(report.detail.as_deref(), Some("One. Two. Three."));
    }
}
