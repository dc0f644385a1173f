//! The update log: gap-free for each user, and the order of all changes of each task.

use super::{
    Found,
    records::{Records, number, text, time},
};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// A change of a task, as the log tells it.
pub(super) struct Step<'a> {
    pub(super) action: &'a str,
    /// Its place among all updates of its user.
    pub(super) place: usize,
    /// When the app's clock showed that it was made, in milliseconds.
    pub(super) at: Option<i64>,
    /// The names of what changed.
    pub(super) changes: &'a Map<String, Value>,
    /// Whose it is; empty for what nobody asked for.
    pub(super) source: &'a str,
    /// The task after it.
    pub(super) state: State,
}

impl Step<'_> {
    /// Whether only reminders changed.
    pub(super) fn is_of_reminders(&self) -> bool {
        self.action == "updated" && self.changes.keys().all(|name| name == "reminders")
    }

    /// The reminders that the task has after it: what is deleted has none, though its
    /// change does not say so.
    pub(super) fn reminders(&self) -> BTreeMap<i64, i64> {
        if self.action == "deleted" {
            return BTreeMap::new();
        }
        self.state.reminders()
    }
}

/// A task as the changes up to here make it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State(BTreeMap<String, Value>);

impl State {
    fn after(&self, changes: &Map<String, Value>) -> Self {
        let mut state = self.0.clone();
        state.extend(changes.iter().map(|(name, value)| {
            let value = normal(name, value);
            (name.clone(), value)
        }));
        Self(state)
    }

    pub(super) fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// Its reminders: id and time.
    pub(super) fn reminders(&self) -> BTreeMap<i64, i64> {
        reminders(self.get("reminders"))
    }

    /// In which of these members a task differs from it.
    pub(super) fn differences(&self, task: &Value, names: &[&str]) -> Vec<String> {
        names
            .iter()
            .filter(|name| normal(name, &task[**name]) != *self.get(name))
            .map(|name| format!("{name} is {}, not {}", task[*name], self.get(name)))
            .collect()
    }

    /// In what a task that a client was told of differs from it.
    pub(super) fn differences_of_task(&self, task: &Value) -> Vec<String> {
        let mut differences = self.differences(task, MEMBERS);
        let (theirs, ours) = (reminders(&task["reminders"]), self.reminders());
        if theirs != ours {
            differences.push(format!("reminders are {theirs:?}, not {ours:?}"));
        }
        differences
    }
}

/// What tasks and events both have.
pub(super) const MEMBERS: &[&str] = &[
    "title",
    "description",
    "completed",
    "priority",
    "due_date",
    "tags",
    "recurring_pattern",
];

/// One way to write what can be written in several.
fn normal(name: &str, value: &Value) -> Value {
    match (name, value.as_str()) {
        ("due_date", Some(text)) => chrono::DateTime::parse_from_rfc3339(text)
            .map_or_else(|_| value.clone(), |time| time.timestamp_millis().into()),
        _ => value.clone(),
    }
}

fn reminders(list: &Value) -> BTreeMap<i64, i64> {
    let all = list.as_array().into_iter().flatten();
    all.filter_map(|one| Some((number(one, "id")?, time(one, "remind_at")?)))
        .collect()
}

/// A task's whole life.
pub(super) struct Life<'a> {
    pub(super) user: &'a str,
    /// Version 1 is the first.
    pub(super) steps: Vec<Step<'a>>,
}

impl Life<'_> {
    pub(super) fn is_deleted(&self) -> bool {
        self.steps
            .last()
            .is_some_and(|step| step.action == "deleted")
    }

    pub(super) fn last(&self) -> &State {
        static NOTHING: State = State(BTreeMap::new());
        self.steps.last().map_or(&NOTHING, |step| &step.state)
    }

    /// The change that made a version.
    pub(super) fn step(&self, version: i64) -> Option<&Step<'_>> {
        let index = usize::try_from(version - 1).ok()?;
        self.steps.get(index)
    }

    /// The task at a version.
    pub(super) fn at(&self, version: i64) -> Option<&State> {
        self.step(version).map(|step| &step.state)
    }

    /// Whether it ever was completed or deleted.
    pub(super) fn was_ever_closed(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| step.action == "deleted" || *step.state.get("completed") == true)
    }

    /// Whether it is now.
    pub(super) fn is_closed(&self) -> bool {
        self.is_deleted() || *self.last().get("completed") == true
    }
}

/// What the logs tell of tasks and of reminders that rang.
#[derive(Default)]
pub(super) struct Log<'a> {
    pub(super) tasks: BTreeMap<i64, Life<'a>>,
    /// The updates of each operation: task and version.
    pub(super) by_source: BTreeMap<&'a str, Vec<(i64, i64)>>,
    /// The updates that tell of a notification, by user and number.
    pub(super) told: BTreeMap<(&'a str, i64), Vec<&'a Value>>,
}

pub(super) fn check<'a>(records: &Records<'a>, found: &mut Found) -> Log<'a> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    let mut log = Log::default();
    let sources: BTreeSet<&str> = records.calls.iter().map(|call| call.source).collect();
    for (user, seen) in records.users() {
        for (index, update) in seen.updates.iter().enumerate() {
            let (id, data) = (number(update, "id"), &update["data"]);
            found.hold("update log", id == i64::try_from(index + 1).ok(), || {
                format!("{user}'s update {} has the number {id:?}", index + 1)
            });
            found.hold("privacy", text(data, "user_id") == user, || {
                format!("{user} was shown {data}")
            });
            let changes = data["changes"].as_object().unwrap_or(&NONE);
            if text(data, "event_type") == "task.reminder" {
                let notification = changes.get("notification_id").and_then(Value::as_i64);
                log.told
                    .entry((user, notification.unwrap_or(0)))
                    .or_default()
                    .push(data);
                continue;
            }
            let task = number(data, "task_id").unwrap_or(0);
            let source = text(data, "source_client");
            let life = log.tasks.entry(task).or_insert_with(|| Life {
                user,
                steps: Vec::new(),
            });
            let action = text(data, "action");
            found.hold("privacy", life.user == user, || {
                format!("task {task} of {} changed for {user}", life.user)
            });
            found.hold("update log", !life.is_deleted(), || {
                format!("task {task}: {action} after it was deleted")
            });
            let first = life.steps.is_empty();
            found.hold("update log", first == (action == "created"), || {
                format!("task {task}: change {} is {action}", life.steps.len() + 1)
            });
            found.hold(
                "update log",
                sources.contains(source) || (source.is_empty() && action == "created"),
                || format!("task {task}: {action} by {source:?}, which nobody asked for"),
            );
            let state = life.last().after(changes);
            life.steps.push(Step {
                action,
                place: index,
                at: time(data, "timestamp"),
                changes,
                source,
                state,
            });
            let version = i64::try_from(life.steps.len()).unwrap_or(0);
            if !source.is_empty() {
                log.by_source
                    .entry(source)
                    .or_default()
                    .push((task, version));
            }
        }
    }
    log
}
