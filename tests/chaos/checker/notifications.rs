//! Notifications: one for each ring that has to show, and told of once.

use super::{
    Found,
    records::{Records, number, text, time},
    reminders::Rings,
    updates::Log,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn check(records: &Records<'_>, log: &Log<'_>, rings: &Rings<'_>, found: &mut Found) {
    let none = Vec::new();
    let (mut untold, mut told_settled) = (Vec::new(), Vec::new());
    for (user, seen) in records.users() {
        let mut shown: BTreeMap<i64, usize> = BTreeMap::new();
        for notification in &seen.notifications {
            let id = number(notification, "id").unwrap_or(0);
            let reminder = number(notification, "reminder_id").unwrap_or(0);
            *shown.entry(reminder).or_default() += 1;
            let name = || format!("notification {id} of {user} (reminder {reminder})");
            let Some(ring) = rings.get(&(user, reminder)) else {
                found.add(
                    "notifications",
                    format!("{} is of no reminder of theirs", name()),
                );
                continue;
            };
            found.hold("notifications", !ring.rang.is_empty(), || {
                format!("{} never rang", name())
            });
            let settled = !text(notification, "settled_at").is_empty();
            let life = log.tasks.get(&ring.task);
            let closed = life.is_none_or(|life| life.is_closed());
            found.hold("notifications", settled || ring.cancelled == 0, || {
                format!("{} is open, and was cancelled", name())
            });
            found.hold("notifications", settled || !closed, || {
                format!("{} is open, and its task is closed", name())
            });
            let may_be_settled =
                ring.cancelled > 0 || life.is_none_or(|life| life.was_ever_closed());
            found.hold("notifications", !settled || may_be_settled, || {
                format!("{} is settled, and its task was never closed", name())
            });
            for event in &ring.rang {
                let differences = differences(notification, event);
                found.hold("notifications", differences.is_empty(), || {
                    format!("{} is not as it rang: {differences:?}", name())
                });
            }
            let told = log.told.get(&(user, id)).unwrap_or(&none);
            // What was settled when it came is there, and nobody is called for it.
            let came_settled =
                settled && text(notification, "settled_at") == text(notification, "created_at");
            let at_most = told.len() <= 1;
            found.hold(
                "notifications",
                at_most && (came_settled || told.len() == 1),
                || format!("{} was told of {} times", name(), told.len()),
            );
            if came_settled {
                let of_them = if told.is_empty() {
                    &mut untold
                } else {
                    &mut told_settled
                };
                of_them.push(id);
            }
            for update in told {
                let mut told_of = update["changes"].clone();
                told_of["task_id"] = update["task_id"].clone();
                let differences = differences(notification, &told_of);
                found.hold("notifications", differences.is_empty(), || {
                    format!("{} is not as it was told of: {differences:?}", name())
                });
            }
        }
        for ((_, reminder), ring) in rings.iter().filter(|((owner, _), _)| *owner == user) {
            let count = shown.get(reminder).copied().unwrap_or(0);
            let wanted = usize::from(!ring.rang.is_empty());
            let may_be_none = ring.cancelled > 0;
            found.hold(
                "notifications",
                count == wanted || (count == 0 && may_be_none),
                || format!("reminder {reminder} of {user} rang, and has {count} notifications"),
            );
        }
        let ids: Vec<i64> = seen
            .notifications
            .iter()
            .filter_map(|one| number(one, "id"))
            .collect();
        for ((_, id), _) in log.told.iter().filter(|((owner, _), _)| *owner == user) {
            found.hold("notifications", ids.contains(id), || {
                format!("{user} was told of notification {id}, which is not there")
            });
        }
    }
    // One that was open, was told of, and was settled in the same millisecond looks as if it
    // had come settled: that is rare. More of them than came settled indeed are a defect.
    let most = untold.len().max(1);
    found.hold("notifications", told_settled.len() <= most, || {
        format!("these came settled and were told of: {told_settled:?}")
    });
}

/// In what a notification differs from the ring, or the update, that it is of.
fn differences(notification: &Value, from: &Value) -> Vec<&'static str> {
    let mut differences = Vec::new();
    for name in ["task_id", "reminder_id", "title"] {
        if notification[name] != from[name] {
            differences.push(name);
        }
    }
    for name in ["remind_at", "due_at"] {
        let at = time(notification, name);
        if at.is_none() || at != time(from, name) {
            differences.push(name);
        }
    }
    differences
}
