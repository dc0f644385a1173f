//! A task as the index has it.

use crate::highlight::{joined, plain};
use duebell_events::{Priority, TaskEventData};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A row of the index.
pub(super) struct Text {
    pub(super) title: String,
    pub(super) tags: String,
    pub(super) description: String,
    pub(super) marks: Vec<String>,
}

pub(super) fn text(task: &TaskEventData) -> Text {
    let tags = task.tags.iter().map(|tag| tag_mark(tag));
    let marks = [completed_mark(task.completed), priority_mark(task.priority)]
        .into_iter()
        .chain(tags);
    Text {
        title: plain(&task.title),
        tags: joined(&task.tags),
        description: plain(task.description.as_deref().unwrap_or_default()),
        marks: marks.collect(),
    }
}

/// The mark of what is completed, or is not.
pub(super) fn completed_mark(completed: bool) -> String {
    if completed { "completed" } else { "open" }.to_owned()
}

/// The mark of what is this urgent.
pub(super) fn priority_mark(priority: Priority) -> String {
    priority.as_str().to_owned()
}

/// The mark of what has this tag: exactly this, so that it is a number. (Marks are
/// words to the index, and words have no case.)
pub(super) fn tag_mark(tag: &str) -> String {
    let mut mark = String::from("tag");
    for byte in Sha256::digest(tag).iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(mark, "{byte:02x}");
    }
    mark
}
