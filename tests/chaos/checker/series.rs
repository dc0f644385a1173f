//! Tasks that come again: each completion made one next occurrence.

use super::{Found, updates::Log};
use serde_json::Value;
use std::collections::BTreeMap;

/// What there is of a series.
#[derive(Default)]
struct Series {
    asked_for: usize,
    made: usize,
    completions: usize,
}

pub(super) fn check(log: &Log<'_>, found: &mut Found) {
    let mut all: BTreeMap<String, Series> = BTreeMap::new();
    for (id, life) in &log.tasks {
        let is_made = life
            .steps
            .first()
            .is_some_and(|step| step.source.is_empty());
        let tags = life.last().get("tags").as_array().into_iter().flatten();
        let tag = tags
            .filter_map(Value::as_str)
            .find(|tag| tag.starts_with("series-"));
        let Some(tag) = tag else {
            found.hold("recurrence", !is_made, || {
                format!("task {id} was made by nobody, and of no series")
            });
            continue;
        };
        let series = all.entry(format!("{} {tag}", life.user)).or_default();
        series.made += usize::from(is_made);
        series.asked_for += usize::from(!is_made);
        let completed = life.steps.iter().filter(|step| step.action == "completed");
        series.completions += completed.count();
    }
    for (name, series) in all {
        found.hold("recurrence", series.asked_for == 1, || {
            format!("{name} was begun {} times", series.asked_for)
        });
        found.hold("recurrence", series.made == series.completions, || {
            let (made, completions) = (series.made, series.completions);
            format!("{name}: {completions} completions made {made} occurrences")
        });
    }
}
