//! The audit: each event once, in its user's order, with nothing missing, and what the
//! changes were.

use super::{
    Found,
    records::{Records, number, text},
    updates::{Log, MEMBERS},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The audit's entries by user and topic, in the order of their sequence.
pub(super) struct Audit<'a>(BTreeMap<(&'a str, &'a str), Vec<&'a Value>>);

impl<'a> Audit<'a> {
    /// The entries of a user's reminders.
    pub(super) fn reminders(&self, user: &'a str) -> impl Iterator<Item = &'a Value> {
        let entries = self.0.get(&(user, "reminder-events"));
        entries.into_iter().flatten().copied()
    }
}

pub(super) fn check<'a>(records: &Records<'a>, log: &Log<'a>, found: &mut Found) -> Audit<'a> {
    // What the audit gave up and replayed is out of its order; what others gave up is not.
    let letters = records.letters.iter();
    let replayed: BTreeSet<&str> = letters
        .filter(|letter| text(letter, "subscriber") == "audit-sink")
        .map(|letter| text(letter, "event_id"))
        .collect();
    let mut audit = Audit(BTreeMap::new());
    for (user, seen) in records.users() {
        let mut keys = BTreeSet::new();
        let mut last: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        let mut sequences: BTreeMap<(&str, &str), BTreeSet<i64>> = BTreeMap::new();
        for entry in &seen.audit {
            let event = &entry["event"];
            let (topic, id) = (text(entry, "topic"), text(entry, "event_id"));
            let key = (topic, text(entry, "event_type"), id);
            found.hold("once", keys.insert(key), || {
                format!("{key:?} of {user} is in the audit twice")
            });
            found.hold("privacy", text(event, "user_id") == user, || {
                format!("{user}'s audit has {event}")
            });
            let place = (text(entry, "source"), topic);
            let sequence = number(entry, "sequence").unwrap_or(0);
            found.hold(
                "once",
                sequences.entry(place).or_default().insert(sequence),
                || format!("{place:?} of {user}: {sequence} is in the audit twice"),
            );
            let before = last.entry(place).or_default();
            found.hold("order", sequence > *before || replayed.contains(id), || {
                format!("{place:?} of {user}: {sequence} comes after {before}")
            });
            *before = sequence.max(*before);
            audit.0.entry((user, topic)).or_default().push(entry);
        }
        for (place, sequences) in sequences {
            let last = sequences.last().copied().unwrap_or(0);
            let count = i64::try_from(sequences.len()).unwrap_or(0);
            found.hold("gap", count == last && !sequences.contains(&0), || {
                format!("{place:?} of {user}: {count} of {last} events are in the audit")
            });
        }
    }
    for entries in audit.0.values_mut() {
        entries.sort_by_key(|entry| (text(entry, "source"), number(entry, "sequence")));
    }
    tasks(&audit, log, found);
    audit
}

/// The events of each task are its changes.
fn tasks(audit: &Audit<'_>, log: &Log<'_>, found: &mut Found) {
    let mut events: BTreeMap<i64, Vec<&Value>> = BTreeMap::new();
    for ((_, topic), entries) in &audit.0 {
        for entry in entries.iter().filter(|_| *topic == "task-events") {
            let event = &entry["event"];
            events
                .entry(number(event, "task_id").unwrap_or(0))
                .or_default()
                .push(event);
        }
    }
    for (id, events) in &events {
        found.hold("audit", log.tasks.contains_key(id), || {
            format!(
                "the audit has {} events of task {id}, the log none",
                events.len()
            )
        });
    }
    for (id, life) in &log.tasks {
        let none = Vec::new();
        let events = events.get(id).unwrap_or(&none);
        let steps: Vec<_> = life
            .steps
            .iter()
            .filter(|step| !step.is_of_reminders())
            .collect();
        found.hold("audit", steps.len() == events.len(), || {
            format!(
                "task {id}: {} changes have {} events in the audit",
                steps.len(),
                events.len()
            )
        });
        for (step, event) in steps.iter().zip(events) {
            let wanted = format!("task.{}", step.action);
            let mut differences = step.state.differences(&event["task_data"], MEMBERS);
            if text(event, "event_type") != wanted {
                differences.push(format!("it is {}, not {wanted}", event["event_type"]));
            }
            found.hold("audit", differences.is_empty(), || {
                format!(
                    "{} of task {id}: {}",
                    event["correlation_id"],
                    differences.join("; ")
                )
            });
        }
    }
}
