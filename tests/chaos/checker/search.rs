//! The search index: finds each task that there is by its own word, and no other, and
//! shows it as it is.

use super::{
    Found,
    records::{Records, number, text},
    updates::Log,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is shown of a task that was found.
const SHOWN: &[&str] = &["title", "completed", "priority", "tags", "due_date"];

pub(super) fn check(records: &Records<'_>, log: &Log<'_>, found: &mut Found) {
    let mut there: BTreeMap<(&str, String), BTreeSet<i64>> = BTreeMap::new();
    for (id, life) in log.tasks.iter().filter(|(_, life)| !life.is_deleted()) {
        let title = life.last().get("title").as_str().unwrap_or_default();
        let word = title.split(' ').next().unwrap_or_default().to_owned();
        there.entry((life.user, word)).or_default().insert(*id);
    }
    for (user, seen) in records.users() {
        let mut asked = BTreeSet::new();
        for search in &seen.found {
            let word = text(search, "word");
            asked.insert(word);
            let ids = search["ids"].as_array().into_iter().flatten();
            let ids: BTreeSet<i64> = ids.filter_map(Value::as_i64).collect();
            let wanted = there.get(&(user, word.to_owned()));
            let wanted = wanted.cloned().unwrap_or_default();
            found.hold("search", ids == wanted, || {
                format!("{user} finds {ids:?} by {word}, not {wanted:?}")
            });
            // A history of before they were kept has none.
            for item in search["items"].as_array().into_iter().flatten() {
                shown(user, item, log, found);
            }
        }
        for (_, word) in there.keys().filter(|(owner, _)| *owner == user) {
            found.hold("search", asked.contains(word.as_str()), || {
                format!("{word} of {user} was not looked for")
            });
        }
    }
}

/// Whether a task is shown as it was last. Each member is there, also if it is null.
fn shown(user: &str, item: &Value, log: &Log<'_>, found: &mut Found) {
    let id = number(item, "id").unwrap_or(0);
    let Some(life) = log.tasks.get(&id) else {
        return;
    };
    let lacking = SHOWN.iter().filter(|name| item.get(**name).is_none());
    let mut differences: Vec<String> = lacking.map(|name| format!("{name} is missing")).collect();
    differences.extend(life.last().differences(item, SHOWN));
    found.hold("search", differences.is_empty(), || {
        format!("{user} finds task {id}, and {}", differences.join("; "))
    });
}
