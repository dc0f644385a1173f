//! Compares what clients were told with what there is in the end.
//!
//! It shares no code with the product: it reads the history as plain JSON, and has its
//! own idea of a task, of the audit's chain, and of what has to come of what.

mod answers;
mod asked;
mod audit;
pub(crate) mod chain;
mod clock;
mod letters;
mod notifications;
mod privacy;
mod records;
mod reminders;
mod search;
mod series;
mod tasks;
mod updates;

use records::Records;
use serde_json::Value;
use std::fmt;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// Which rule it breaks.
    pub(crate) rule: &'static str,
    /// What it is about, and what was expected.
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

/// The violations that were found so far.
#[derive(Default)]
struct Found(Vec<Violation>);

impl Found {
    fn add(&mut self, rule: &'static str, what: impl Into<String>) {
        let what = what.into();
        self.0.push(Violation { rule, what });
    }

    /// Adds what is not so.
    fn hold(&mut self, rule: &'static str, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.add(rule, what());
        }
    }
}

/// All that is wrong in a history: see history.rs and gather.rs for its records.
pub(crate) fn check(records: &[Value]) -> Vec<Violation> {
    let records = Records::read(records);
    let mut found = Found::default();
    let log = updates::check(&records, &mut found);
    answers::check(&records, &log, &mut found);
    privacy::check(&records, &log, &mut found);
    tasks::check(&records, &log, &mut found);
    series::check(&log, &mut found);
    chain::check(&records, &mut found);
    let audit = audit::check(&records, &log, &mut found);
    let rings = reminders::check(&records, &log, &audit, &mut found);
    notifications::check(&records, &log, &rings, &mut found);
    search::check(&records, &log, &mut found);
    letters::check(&records, &mut found);
    found.0.sort();
    found.0.dedup();
    found.0
}
