//! Reminders: each that was not cancelled and was due rang once, not before its time.

use super::{
    Found,
    audit::Audit,
    records::{Records, number, text, time},
    updates::{Life, Log},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a reminder.
#[derive(Clone, Debug, Default)]
pub(super) struct Ring<'a> {
    pub(super) task: i64,
    /// In milliseconds, as it was set.
    pub(super) remind_at: i64,
    /// What its task was called whenever it was set.
    titles: BTreeSet<&'a str>,
    pub(super) cancelled: usize,
    /// The events that tell that it rang.
    pub(super) rang: Vec<&'a Value>,
}

/// All reminders, by user and id.
pub(super) type Rings<'a> = BTreeMap<(&'a str, i64), Ring<'a>>;

pub(super) fn check<'a>(
    records: &Records<'a>,
    log: &Log<'a>,
    audit: &Audit<'a>,
    found: &mut Found,
) -> Rings<'a> {
    let mut rings = Rings::new();
    for (user, _) in records.users() {
        set(user, audit, &mut rings, found);
        rang(user, records, audit, &mut rings, found);
    }
    for ((user, id), ring) in &rings {
        let name = || format!("reminder {id} of {user} (task {})", ring.task);
        found.hold("reminders", ring.cancelled <= 1, || {
            format!("{} was cancelled {} times", name(), ring.cancelled)
        });
        found.hold("rang once", ring.rang.len() <= 1, || {
            format!("{} rang {} times", name(), ring.rang.len())
        });
        let has_to_ring = ring.cancelled == 0 && ring.remind_at <= records.looked;
        found.hold("rang once", !has_to_ring || ring.rang.len() == 1, || {
            format!("{} was due at {} and never rang", name(), ring.remind_at)
        });
        let life = log.tasks.get(&ring.task);
        let is_listed = life.is_some_and(|life| {
            let mut steps = life.steps.iter();
            life.user == *user && steps.any(|step| step.reminders().contains_key(id))
        });
        found.hold("reminders", is_listed, || {
            format!("{} was set, and its task never had it", name())
        });
    }
    for (task, life) in &log.tasks {
        listed(*task, life, &rings, found);
        left(*task, life, &rings, found);
    }
    rings
}

/// What was set, and what was cancelled. It is set again, under the same id and for the
/// same time, when its task gets another title or due date.
fn set<'a>(user: &'a str, audit: &Audit<'a>, rings: &mut Rings<'a>, found: &mut Found) {
    let is_due = |entry: &&Value| text(&entry["event"], "event_type") == "reminder.due";
    for entry in audit.reminders(user).filter(|entry| !is_due(entry)) {
        let event = &entry["event"];
        let id = number(event, "reminder_id").unwrap_or(0);
        let (Some(task), Some(remind_at)) = (number(event, "task_id"), time(event, "remind_at"))
        else {
            found.add("reminders", format!("{event} is of no task or of no time"));
            continue;
        };
        let is_new = !rings.contains_key(&(user, id));
        let ring = rings.entry((user, id)).or_default();
        if is_new {
            (ring.task, ring.remind_at) = (task, remind_at);
        }
        let agrees = ring.task == task && ring.remind_at == remind_at;
        found.hold("reminders", agrees, || {
            format!("reminder {id} of {user} was for another task or time: {event}")
        });
        if text(event, "event_type") == "reminder.scheduled" {
            ring.titles.insert(text(event, "title"));
        } else {
            found.hold("reminders", !ring.titles.is_empty(), || {
                format!("reminder {id} of {user} was cancelled before it was set")
            });
            ring.cancelled += 1;
        }
    }
}

/// What rang, against what was set.
fn rang<'a>(
    user: &'a str,
    records: &Records<'a>,
    audit: &Audit<'a>,
    rings: &mut Rings<'a>,
    found: &mut Found,
) {
    let is_due = |entry: &&Value| text(&entry["event"], "event_type") == "reminder.due";
    for entry in audit.reminders(user).filter(is_due) {
        let event = &entry["event"];
        let id = number(event, "reminder_id").unwrap_or(0);
        let Some(ring) = rings.get_mut(&(user, id)) else {
            found.add(
                "reminders",
                format!("reminder {id} of {user} rang and was never set"),
            );
            continue;
        };
        ring.rang.push(event);
        let is_the_same = number(event, "task_id") == Some(ring.task)
            && time(event, "remind_at") == Some(ring.remind_at)
            && ring.titles.contains(text(event, "title"));
        found.hold("reminders", is_the_same, || {
            format!("reminder {id} of {user} rang as it was never set: {event}")
        });
        // By when it was set for, whatever it says of itself.
        let recorded = time(entry, "recorded_at");
        let in_time =
            recorded.is_some_and(|recorded| records.clocks.had_shown(ring.remind_at, recorded));
        found.hold("early", in_time, || {
            format!(
                "reminder {id} of {user} rang before {}, at {recorded:?}",
                ring.remind_at
            )
        });
    }
}

/// What a task was said to have was set, and what it still has was not cancelled.
fn listed(task: i64, life: &Life<'_>, rings: &Rings<'_>, found: &mut Found) {
    let all = life.steps.iter().flat_map(|step| step.state.reminders());
    for (id, remind_at) in all {
        let ring = rings.get(&(life.user, id));
        found.hold(
            "reminders",
            ring.is_some_and(|ring| ring.remind_at == remind_at && ring.task == task),
            || format!("reminder {id} of task {task} was not set for {remind_at}"),
        );
    }
    let last = life.steps.last().map(|step| step.reminders());
    for id in last.unwrap_or_default().into_keys() {
        let ring = rings.get(&(life.user, id));
        found.hold(
            "reminders",
            ring.is_none_or(|ring| ring.cancelled == 0),
            || format!("reminder {id} of task {task} is listed and was cancelled"),
        );
    }
}

/// What left a task was cancelled if it had still to ring then, and not otherwise: by the
/// app's clock, which the change says.
fn left(task: i64, life: &Life<'_>, rings: &Rings<'_>, found: &mut Found) {
    let mut before = BTreeMap::new();
    for step in &life.steps {
        let after = step.reminders();
        let Some(at) = step.at else {
            found.add("update log", format!("a change of task {task} has no time"));
            return;
        };
        for (id, remind_at) in before.iter().filter(|(id, _)| !after.contains_key(id)) {
            let ring = rings.get(&(life.user, *id));
            let cancelled = ring.map_or(0, |ring| ring.cancelled);
            let wanted = usize::from(*remind_at > at);
            found.hold("reminders", cancelled == wanted, || {
                format!(
                    "reminder {id} of task {task}, for {remind_at}, left it at {at} ({} by {:?}) and was cancelled {cancelled} times",
                    step.action, step.source
                )
            });
        }
        let is_quiet = after.values().all(|remind_at| *remind_at <= at);
        found.hold("reminders", step.action != "completed" || is_quiet, || {
            format!(
                "task {task} was completed at {at} by {:?}, and has still to ring: {after:?}",
                step.source
            )
        });
        before = after;
    }
}
