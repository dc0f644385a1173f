//! What a user's clients know of its tasks, so as to have something to change.

use crate::{plan::Does, random::Random};
use serde_json::Value;

/// A task as it was last seen.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) id: i64,
    pub(super) version: i64,
    pub(super) reminders: Vec<i64>,
    /// The word that stays in its title.
    pub(super) word: String,
    /// The tag of its series, if it comes again.
    pub(super) series: Option<String>,
    completed: bool,
}

impl Task {
    pub(super) fn of(answer: &Value, word: String, series: Option<String>) -> Self {
        let mut task = Self {
            id: answer["id"].as_i64().unwrap(),
            version: 0,
            reminders: Vec::new(),
            word,
            series,
            completed: false,
        };
        task.learn(answer);
        task
    }

    fn learn(&mut self, answer: &Value) {
        self.version = answer["version"].as_i64().unwrap();
        self.completed = answer["completed"].as_bool().unwrap();
        let reminders = answer["reminders"].as_array().unwrap().iter();
        self.reminders = reminders.filter_map(|one| one["id"].as_i64()).collect();
    }

    /// Whether this can be done with it. A series is only read, completed, and changed:
    /// so that what has to come of it is known.
    fn suits(&self, does: Does) -> bool {
        match does {
            Does::Recur => self.series.is_some(),
            Does::Complete => !self.completed,
            Does::Reopen => self.completed && self.series.is_none(),
            Does::Delete => self.series.is_none(),
            Does::Remind => !self.completed && self.series.is_none() && self.reminders.len() < 15,
            Does::Forget => !self.reminders.is_empty() && self.series.is_none(),
            _ => true,
        }
    }
}

/// The tasks of a user that are not known to be deleted.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) tasks: Vec<Task>,
}

impl Known {
    /// One that this can be done with: often one of the last, so that clients meet.
    pub(super) fn pick(&self, does: Does, random: &mut Random) -> Option<Task> {
        let suiting: Vec<&Task> = self.tasks.iter().filter(|task| task.suits(does)).collect();
        if suiting.is_empty() {
            return None;
        }
        let recent = if random.percent(60) { 6 } else { suiting.len() };
        let first = suiting.len().saturating_sub(recent);
        Some(suiting[first + random.below(suiting.len() - first)].clone())
    }

    pub(super) fn remove(&mut self, id: i64) {
        self.tasks.retain(|task| task.id != id);
    }

    pub(super) fn learn(&mut self, answer: &Value) {
        let id = answer["id"].as_i64();
        let known = self.tasks.iter_mut().find(|task| Some(task.id) == id);
        if let Some(known) = known.filter(|task| Some(task.version) < answer["version"].as_i64()) {
            known.learn(answer);
        }
    }

    pub(super) fn add_reminder(&mut self, id: i64, reminder: i64) {
        if let Some(known) = self.tasks.iter_mut().find(|task| task.id == id) {
            known.reminders.push(reminder);
        }
    }
}
