//! Reminders: each that was not cancelled and was due rang once, not before its time.

use super::{
    Found,
    audit::Audit,
    records::{Records, number, text, time},
    updates::Log,
};
use std::collections::BTreeMap;

/// What is known of a reminder.
#[derive(Clone, Debug, Default)]
pub(super) struct Ring {
    pub(super) task: i64,
    /// In milliseconds.
    pub(super) remind_at: i64,
    pub(super) scheduled: usize,
    pub(super) cancelled: usize,
    pub(super) due: usize,
}

/// All reminders, by user and id.
pub(super) type Rings<'a> = BTreeMap<(&'a str, i64), Ring>;

pub(super) fn check<'a>(
    records: &Records<'a>,
    log: &Log<'a>,
    audit: &Audit<'a>,
    found: &mut Found,
) -> Rings<'a> {
    let mut rings = Rings::new();
    for (user, _) in records.users() {
        for entry in audit.reminders(user) {
            let event = &entry["event"];
            let id = number(event, "reminder_id").unwrap_or(0);
            let ring = rings.entry((user, id)).or_default();
            let remind_at = time(event, "remind_at").unwrap_or(0);
            ring.task = number(event, "task_id").unwrap_or(0);
            match text(event, "event_type") {
                "reminder.scheduled" => {
                    ring.scheduled += 1;
                    ring.remind_at = remind_at;
                }
                "reminder.cancelled" => ring.cancelled += 1,
                _ => {
                    ring.due += 1;
                    let recorded = time(entry, "recorded_at").unwrap_or(0);
                    found.hold(
                        "early",
                        records.clocks.had_shown(remind_at, recorded),
                        || {
                            format!(
                                "reminder {id} of {user} rang before {remind_at}, at {recorded}"
                            )
                        },
                    );
                }
            }
        }
    }
    for ((user, id), ring) in &rings {
        let name = || format!("reminder {id} of {user} (task {})", ring.task);
        found.hold("reminders", ring.scheduled > 0, || {
            format!("{} was never set", name())
        });
        found.hold("reminders", ring.cancelled <= 1, || {
            format!("{} was cancelled {} times", name(), ring.cancelled)
        });
        found.hold("rang once", ring.due <= 1, || {
            format!("{} rang {} times", name(), ring.due)
        });
        let has_to_ring = ring.cancelled == 0 && ring.remind_at <= records.looked;
        found.hold("rang once", !has_to_ring || ring.due == 1, || {
            format!("{} was due at {} and never rang", name(), ring.remind_at)
        });
    }
    // What tasks were said to have was set.
    for (task, life) in &log.tasks {
        let all = life.steps.iter().flat_map(|step| step.state.reminders());
        for (id, remind_at) in all {
            let ring = rings.get(&(life.user, id));
            found.hold(
                "reminders",
                ring.is_some_and(|ring| ring.remind_at == remind_at && ring.task == *task),
                || format!("reminder {id} of task {task} was not set for {remind_at}"),
            );
        }
        // What the task still has was not cancelled.
        for (id, _) in life
            .last()
            .reminders()
            .iter()
            .filter(|_| !life.is_deleted())
        {
            let cancelled = rings
                .get(&(life.user, *id))
                .map_or(0, |ring| ring.cancelled);
            found.hold("reminders", cancelled == 0, || {
                format!("reminder {id} of task {task} is listed and was cancelled")
            });
        }
    }
    rings
}
