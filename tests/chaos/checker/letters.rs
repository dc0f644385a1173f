//! What subscribers gave up: nothing, unless something ended them three times while they
//! were at it; and then a replay healed it.

use super::{
    Found,
    records::{Records, text},
};

/// What ends an instance while it handles an event.
const ENDS_INSTANCES: &[&str] = &["trap", "host-killed"];

/// How the reason begins of what such an end leaves: nobody was there to say another.
const NOBODY_ANSWERED: &str = "no answer";

pub(super) fn check(records: &Records<'_>, found: &mut Found) {
    let explained = records
        .struck
        .iter()
        .any(|class| ENDS_INSTANCES.contains(class));
    for letter in &records.letters {
        let name = format!(
            "{} gave up {} {} of {}: {}",
            text(letter, "subscriber"),
            text(letter, "event_type"),
            text(letter, "event_id"),
            text(letter, "user_id"),
            letter["reason"],
        );
        found.hold("dead letters", text(letter, "status") == "settled", || {
            format!("{name} (and no replay healed it)")
        });
        let is_of_an_end = text(letter, "reason").starts_with(NOBODY_ANSWERED);
        found.hold("dead letters", explained && is_of_an_end, || {
            format!("{name} (and nothing that struck explains it)")
        });
    }
}
