//! Tasks that come again: each completion made one next occurrence, one period later and
//! as its predecessor was.

use super::{
    Found,
    updates::{Life, Log, State, Step},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a next occurrence has of its predecessor.
const INHERITED: &[&str] = &[
    "title",
    "description",
    "priority",
    "tags",
    "recurring_pattern",
];

/// An occurrence: its task, what made it, and its whole life.
type Occurrence<'a> = (i64, &'a Step<'a>, &'a Life<'a>);

pub(super) fn check(log: &Log<'_>, found: &mut Found) {
    let mut all: BTreeMap<String, Vec<Occurrence<'_>>> = BTreeMap::new();
    for (id, life) in &log.tasks {
        let Some(first) = life.steps.first() else {
            continue;
        };
        let tags = first.state.get("tags").as_array().into_iter().flatten();
        let mut tags = tags.filter_map(Value::as_str);
        let Some(tag) = tags.find(|tag| tag.starts_with("series-")) else {
            found.hold("recurrence", !first.source.is_empty(), || {
                format!("task {id} was made by nobody, and of no series")
            });
            continue;
        };
        let series = all.entry(format!("{} {tag}", life.user)).or_default();
        series.push((*id, first, life));
    }
    for (name, mut series) in all {
        let made = series
            .iter()
            .filter(|(_, first, _)| first.source.is_empty());
        let made = made.count();
        let begun = series.len() - made;
        let steps = series.iter().flat_map(|(_, _, life)| &life.steps);
        let completions = steps.filter(|step| step.action == "completed").count();
        found.hold("recurrence", begun == 1, || {
            format!("{name} was begun {begun} times")
        });
        found.hold("recurrence", made == completions, || {
            format!("{name}: {completions} completions made {made} occurrences")
        });
        series.sort_by_key(|(_, first, _)| first.state.get("due_date").as_i64());
        for pair in series.windows(2) {
            if let [before, next] = pair {
                follows(&name, *before, *next, found);
            }
        }
    }
}

/// Whether an occurrence is the next of the one before. All are completed in good time,
/// so that none is skipped; and nobody gives one another due date.
fn follows(name: &str, before: Occurrence<'_>, next: Occurrence<'_>, found: &mut Found) {
    let (before, _, life) = before;
    let (next, made, _) = next;
    found.hold("recurrence", made.source.is_empty(), || {
        format!("{name}: {next} was asked for, and is due after {before}")
    });
    // As it was when the next one was made: that is after its completion, and changes in
    // between count.
    let then = life.steps.iter().take_while(|step| step.place < made.place);
    let Some(then) = then.last() else {
        found.add(
            "recurrence",
            format!("{name}: {next} was made before {before}"),
        );
        return;
    };
    let then = &then.state;
    found.hold("recurrence", *then.get("completed") == true, || {
        format!("{name}: {next} was made before {before} was completed")
    });
    let due = |state: &State| state.get("due_date").as_i64();
    let wanted = due(then).zip(period(then.get("recurring_pattern")));
    let wanted = wanted.map(|(due, period)| due + period);
    found.hold(
        "recurrence",
        wanted.is_some() && due(&made.state) == wanted,
        || {
            format!(
                "{name}: {next} is due at {:?}, not {wanted:?}",
                due(&made.state)
            )
        },
    );
    for member in INHERITED {
        let (ours, theirs) = (made.state.get(member), then.get(member));
        found.hold("recurrence", ours == theirs, || {
            format!("{name}: {member} of {next} is {ours}, and {before} had {theirs}")
        });
    }
}

/// In milliseconds; the workload asks for no other pattern, and for UTC.
fn period(pattern: &Value) -> Option<i64> {
    (*pattern == "daily").then_some(24 * 3_600_000)
}
