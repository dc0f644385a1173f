//! What requests say.

use super::known::Task;
use crate::{
    plan::{Field, New},
    random::Random,
};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

/// The soonest and the latest that a reminder rings that is to ring in the run, in
/// milliseconds from when it is asked for.
const SOON: (i64, i64) = (600, 15_000);

const DAY: i64 = 24 * 3600 * 1000;

const HOUR: i64 = 3600 * 1000;

/// The tag that all tasks of a series have.
pub(super) fn series(operation: usize) -> String {
    format!("series-{operation}")
}

pub(super) fn new_task(
    new: New,
    word: &str,
    operation: usize,
    clock: i64,
    random: &mut Random,
) -> Value {
    let title = format!("{word} is new");
    match new {
        New::Plain => json!({ "title": title, "tags": ["plain"], "priority": priority(random) }),
        New::Reminding => {
            let count = 1 + random.below(2);
            let reminders: Vec<Value> = (0..count).map(|_| reminder(clock, random)).collect();
            json!({ "title": title, "reminders": reminders })
        }
        New::Due => json!({
            "title": title, "due_date": text(clock + HOUR + soon(random)),
            "reminders": [{ "before": "PT1H" }],
        }),
        New::Recurring => json!({
            "title": title, "due_date": text(clock + DAY), "recurring_pattern": "daily",
            "tags": [series(operation)],
        }),
    }
}

/// A patch that always changes something: the description names the operation.
pub(super) fn patch(
    field: Field,
    task: &Task,
    operation: usize,
    clock: i64,
    random: &mut Random,
) -> Value {
    let mut patch = json!({ "description": format!("by operation {operation}") });
    match field {
        Field::Title => patch["title"] = json!(format!("{} was renamed", task.word)),
        Field::Priority => patch["priority"] = priority(random),
        // Another due date begins a series anew.
        Field::DueDate if task.series.is_none() => {
            patch["due_date"] = match random.below(4) {
                0 => Value::Null,
                1 => json!(text(clock + 3 * DAY + soon(random))),
                _ => json!(text(clock + HOUR + soon(random))),
            };
        }
        Field::DueDate | Field::Description => {}
    }
    patch
}

/// A reminder that rings soon, or long after the run.
pub(super) fn reminder(clock: i64, random: &mut Random) -> Value {
    let after = if random.percent(80) {
        soon(random)
    } else {
        2 * DAY
    };
    json!({ "remind_at": text(clock + after) })
}

fn soon(random: &mut Random) -> i64 {
    random.between(SOON.0, SOON.1)
}

fn priority(random: &mut Random) -> Value {
    json!(random.pick(&["low", "medium", "high", "urgent"]))
}

fn text(milliseconds: i64) -> String {
    let time = DateTime::from_timestamp_millis(milliseconds).unwrap();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
