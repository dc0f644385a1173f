//! The search index: finds each task that there is by its own word, and no other.

use super::{
    Found,
    records::{Records, text},
    updates::Log,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

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
        }
        for (_, word) in there.keys().filter(|(owner, _)| *owner == user) {
            found.hold("search", asked.contains(word.as_str()), || {
                format!("{word} of {user} was not looked for")
            });
        }
    }
}
