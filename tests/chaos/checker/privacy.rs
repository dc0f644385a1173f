//! Nobody learns of what is another's: not even that it is there.

use super::{
    Found,
    records::{Outcome, Records, number, text},
    updates::Log,
};

pub(super) fn check(records: &Records<'_>, log: &Log<'_>, found: &mut Found) {
    for call in &records.calls {
        // Any other refusal would tell that there is such a task.
        let tells_nothing = matches!(call.outcome, Outcome::Refused(404 | 503) | Outcome::Unknown);
        found.hold("privacy", call.does != "peek" || tells_nothing, || {
            format!(
                "{} was told {:?} of task {:?} of another",
                call.user, call.outcome, call.task
            )
        });
        let items = call.answer["items"].as_array().into_iter().flatten();
        for id in items.filter_map(|item| number(item, "id")) {
            let owner = log.tasks.get(&id).map(|life| life.user);
            found.hold("privacy", owner == Some(call.user), || {
                format!("{} was listed task {id} of {owner:?}", call.user)
            });
        }
    }
    for (user, seen) in records.users() {
        for search in &seen.strangers {
            let count = search["ids"].as_array().map_or(0, Vec::len);
            found.hold("privacy", count == 0, || {
                format!(
                    "{user} finds {} of others by {}",
                    search["ids"],
                    text(search, "word")
                )
            });
        }
    }
}
