//! What was asked for against what it made.

use super::{
    Found,
    records::{Call, number, time},
    updates::{Life, MEMBERS},
};
use serde_json::Value;

/// An acknowledged call, and the version that it made.
pub(super) fn check(call: &Call<'_>, life: &Life<'_>, version: i64, found: &mut Found) {
    let (source, what) = (call.source, call.does);
    let Some(step) = life.step(version) else {
        return;
    };
    let state = &step.state;
    match what {
        "create" | "change" => {
            let asked = |name: &&&str| call.body.get(**name).is_some();
            let names: Vec<&str> = MEMBERS.iter().filter(asked).copied().collect();
            for difference in state.differences(call.body, &names) {
                found.add("lost", format!("{source} wanted that {difference}"));
            }
        }
        "complete" | "reopen" => {
            let wanted = what == "complete";
            found.hold("lost", *state.get("completed") == wanted, || {
                format!("{source} ({what}) was acknowledged, and made another thing")
            });
        }
        "delete" => found.hold("lost", step.action == "deleted", || {
            format!("{source} (delete) was acknowledged, and is {}", step.action)
        }),
        _ => {}
    }
    let due_date = time(call.body, "due_date").or_else(|| state.get("due_date").as_i64());
    if what == "create" {
        let asked = call.body["reminders"].as_array().into_iter().flatten();
        let mut wanted: Vec<_> = asked.map(|one| rings_at(one, due_date)).collect();
        let mut made: Vec<_> = state.reminders().into_values().map(Some).collect();
        wanted.sort_unstable();
        made.sort_unstable();
        found.hold("lost", made == wanted, || {
            format!("{source} wanted reminders for {wanted:?}, and they are for {made:?}")
        });
    }
    if what == "remind" {
        let id = number(call.answer, "id").unwrap_or(0);
        let made = state.reminders().get(&id).copied();
        let wanted = rings_at(call.body, due_date);
        found.hold("lost", made.is_some() && made == wanted, || {
            format!("{source} wanted reminder {id} for {wanted:?}, and it is for {made:?}")
        });
    }
    if let ("forget", Some(id)) = (what, call.reminder) {
        // What is forgotten never comes back: another has an id of its own.
        let before = usize::try_from(version - 1).unwrap_or(0);
        let mut since = life.steps.iter().skip(before);
        let is_listed = since.any(|step| step.reminders().contains_key(&id));
        found.hold("lost", !is_listed, || {
            format!("{source} forgot reminder {id}, and it is listed after that")
        });
    }
}

/// When a reminder that was asked for has to ring.
fn rings_at(asked: &Value, due_date: Option<i64>) -> Option<i64> {
    match asked["before"].as_str() {
        None => time(asked, "remind_at"),
        Some(before) => {
            // Nothing else is asked for: see workload/bodies.rs.
            let hours: i64 = before.strip_prefix("PT")?.strip_suffix('H')?.parse().ok()?;
            Some(due_date? - hours * 3_600_000)
        }
    }
}
