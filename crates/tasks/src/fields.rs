//! What a client can set of a task, and how a patch is merged into it.

use chrono::{DateTime, Utc};
use duebell_events::Priority;

use crate::recurrence::{self, Recurrence};
use crate::rules::{self, Problems};
use crate::{Patch, Task, TaskPatch};

/// The names of all that a change of a task can change, for
/// [`changes`](crate::changes).
pub const ALL_FIELDS: &[&str] = &[
    "title",
    "description",
    "completed",
    "priority",
    "due_date",
    "tags",
    "recurring_pattern",
    "time_zone",
];

/// What a client can set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) priority: Priority,
    pub(crate) due_date: Option<DateTime<Utc>>,
    pub(crate) tags: Vec<String>,
    pub(crate) recurring_pattern: Option<Recurrence>,
    pub(crate) time_zone: String,
}

impl Fields {
    /// Those of a task of which nothing is said. No task is without a title: it
    /// is left for the patch.
    pub(crate) fn empty() -> Self {
        Self {
            title: String::new(),
            description: None,
            priority: Priority::default(),
            due_date: None,
            tags: Vec::new(),
            recurring_pattern: None,
            time_zone: "UTC".to_owned(),
        }
    }

    pub(crate) fn of(task: &Task) -> Self {
        Self {
            title: task.title.clone(),
            description: task.description.clone(),
            priority: task.priority,
            due_date: task.due_date,
            tags: task.tags.clone(),
            recurring_pattern: task.recurring_pattern.clone(),
            time_zone: task.time_zone.clone(),
        }
    }

    /// These with a patch merged in; what is wrong with it is added to the
    /// problems.
    pub(crate) fn merged(self, patch: &TaskPatch, problems: &mut Problems) -> Self {
        let default = Self::empty();
        if patch.title == Patch::Null || (self.title.is_empty() && patch.title == Patch::Absent) {
            problems.add("/title", "A task needs a title: say what is to be done.");
        }
        if !matches!(patch.completed, Patch::Absent) {
            problems.add(
                "/completed",
                "It cannot be set here: POST to the task's /complete or /reopen.",
            );
        }
        if !matches!(patch.reminders, Patch::Absent) {
            problems.add(
                "/reminders",
                "They cannot be set here: POST to the task's /reminders, or DELETE one of /api/reminders.",
            );
        }
        let mut fields = Merge(problems);
        let merged = Self {
            title: fields.merge(
                "/title",
                self.title,
                default.title,
                &patch.title,
                rules::title,
            ),
            description: fields.merge(
                "/description",
                self.description,
                default.description,
                &patch.description,
                |text| rules::description(text).map(Some),
            ),
            priority: fields.merge(
                "/priority",
                self.priority,
                default.priority,
                &patch.priority,
                rules::priority,
            ),
            due_date: fields.merge(
                "/due_date",
                self.due_date,
                default.due_date,
                &patch.due_date,
                |text| rules::time(text).map(Some),
            ),
            recurring_pattern: fields.merge(
                "/recurring_pattern",
                self.recurring_pattern,
                default.recurring_pattern,
                &patch.recurring_pattern,
                |name| rules::recurrence(name).map(Some),
            ),
            time_zone: fields.merge(
                "/time_zone",
                self.time_zone,
                default.time_zone,
                &patch.time_zone,
                rules::time_zone,
            ),
            tags: match &patch.tags {
                Patch::Absent => self.tags,
                Patch::Null => default.tags,
                Patch::Value(tags) => rules::tags(tags, problems),
            },
        };
        merged.check_recurrence(problems);
        merged
    }

    fn check_recurrence(&self, problems: &mut Problems) {
        let Some(pattern) = &self.recurring_pattern else {
            return;
        };
        if ["/due_date", "/recurring_pattern", "/time_zone"]
            .iter()
            .any(|pointer| problems.has(pointer))
        {
            return;
        }
        match self.due_date {
            None => problems.add(
                "/due_date",
                "A recurring task needs a due date: set one, or leave out recurring_pattern.",
            ),
            Some(due) => {
                if let Err(detail) = recurrence::check(pattern, due, &self.time_zone) {
                    problems.add("/recurring_pattern", detail);
                }
            }
        }
    }

    /// Whether these come again at other times.
    pub(crate) fn recur_differently(&self, other: &Self) -> bool {
        self.due_date != other.due_date
            || self.recurring_pattern != other.recurring_pattern
            || self.time_zone != other.time_zone
    }

    /// The names of those that differ, in the order of [`ALL_FIELDS`].
    pub(crate) fn differences(&self, other: &Self) -> Vec<&'static str> {
        [
            ("title", self.title != other.title),
            ("description", self.description != other.description),
            ("priority", self.priority != other.priority),
            ("due_date", self.due_date != other.due_date),
            ("tags", self.tags != other.tags),
            (
                "recurring_pattern",
                self.recurring_pattern != other.recurring_pattern,
            ),
            ("time_zone", self.time_zone != other.time_zone),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

/// Merges one field after the other, and collects what is wrong.
struct Merge<'a>(&'a mut Problems);

impl Merge<'_> {
    fn merge<T>(
        &mut self,
        pointer: &str,
        current: T,
        default: T,
        patch: &Patch<String>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        match patch {
            Patch::Absent => current,
            Patch::Null => default,
            Patch::Value(text) => read(text).unwrap_or_else(|detail| {
                self.0.add(pointer, detail);
                current
            }),
        }
    }
}
