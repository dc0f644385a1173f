//! The tasks that there are in the end: those that the changes make, and no others.

use super::{
    Found,
    records::{Records, number},
    updates::Log,
};
use std::collections::BTreeSet;

pub(super) fn check(records: &Records<'_>, log: &Log<'_>, found: &mut Found) {
    for (user, seen) in records.users() {
        let mut listed = BTreeSet::new();
        for task in &seen.tasks {
            let id = number(task, "id").unwrap_or(0);
            found.hold("tasks", listed.insert(id), || {
                format!("task {id} is listed twice")
            });
            let Some(life) = log.tasks.get(&id) else {
                found.add("tasks", format!("task {id} of {user} came from nowhere"));
                continue;
            };
            found.hold("privacy", life.user == user, || {
                format!("{user} has task {id} of {}", life.user)
            });
            found.hold("tasks", !life.is_deleted(), || {
                format!("task {id} is there and was deleted")
            });
            let differences = life.last().differences_of_task(task);
            found.hold("tasks", differences.is_empty(), || {
                format!("task {id}: {}", differences.join("; "))
            });
            let version = number(task, "version");
            let steps = i64::try_from(life.steps.len()).ok();
            found.hold("tasks", version == steps, || {
                format!("task {id} has version {version:?} after {steps:?} changes")
            });
        }
        for (id, life) in log.tasks.iter().filter(|(_, life)| life.user == user) {
            found.hold("lost", life.is_deleted() || listed.contains(id), || {
                format!("task {id} of {user} is gone")
            });
        }
    }
}
