//! A trap in an instance of a component, with all requests in it.

use super::{Field, Struck, last};
use crate::{harness::App, plan::Planned, random::Random};
use std::{collections::BTreeMap, path::PathBuf};

/// All that a trap may strike.
const COMPONENTS: &[&str] = &[
    "task-api",
    "reminder-trigger",
    "audit-sink",
    "notifier",
    "search-indexer",
    "recurrence",
    "live-updates",
    "update-streams",
    "dead-letters",
];

/// The file that the host looks for, in the app's state folder.
pub(crate) const FILE: &str = "trap";

pub(super) async fn strike(field: &mut Field<'_>, planned: &Planned) -> Struck {
    let mut random = Random::new(planned.random);
    let mut components = COMPONENTS.to_vec();
    random.shuffle(&mut components);
    components.truncate(1 + random.below(3));
    let before = failures(field.app);
    let draft = field.app.state().join("trap.draft");
    std::fs::write(&draft, components.join("\n")).unwrap();
    std::fs::rename(draft, file(field.app)).unwrap();
    // Only those that a trap was set for: others may fail of themselves, and a trap that
    // nothing runs into has not struck.
    let struck = || -> Vec<(&str, usize)> {
        let now = failures(field.app);
        let count = |of: &BTreeMap<String, usize>, name: &str| of.get(name).copied().unwrap_or(0);
        let all = components.iter().map(|name| {
            let times = count(&now, name).saturating_sub(count(&before, name));
            (*name, times)
        });
        all.filter(|(_, times)| *times > 0).collect()
    };
    let times = || struck().iter().map(|(_, times)| times).sum();
    let times = last(planned, times).await;
    let failed: Vec<String> = struck()
        .iter()
        .map(|(name, times)| format!("{name} {times}"))
        .collect();
    let detail = format!(
        "set for {}; failed: {}",
        components.join(", "),
        failed.join(", ")
    );
    Struck::new(times, detail)
}

fn file(app: &App) -> PathBuf {
    app.state().join(FILE)
}

/// How many instances of each component have failed, by the host's log.
fn failures(app: &App) -> BTreeMap<String, usize> {
    let log = std::fs::read_to_string(app.state().join("duebell.log")).unwrap_or_default();
    let mut failures = BTreeMap::new();
    for line in log.split("an instance of component `").skip(1) {
        if let Some((name, _)) = line.split_once('`') {
            *failures.entry(name.to_owned()).or_default() += 1;
        }
    }
    failures
}
