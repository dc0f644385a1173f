//! A trap in an instance of a component, with all requests in it.

use super::{Field, Struck, last};
use crate::{harness::App, plan::Planned, random::Random};
use std::path::PathBuf;

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
    let before = traps(field.app);
    let draft = field.app.state().join("trap.draft");
    std::fs::write(&draft, components.join("\n")).unwrap();
    std::fs::rename(draft, file(field.app)).unwrap();
    let times = last(planned, || traps(field.app) - before).await;
    Struck::new(times, components.join(", "))
}

fn file(app: &App) -> PathBuf {
    app.state().join(FILE)
}

/// How many instances have failed, by the host's log.
fn traps(app: &App) -> usize {
    let log = std::fs::read_to_string(app.state().join("duebell.log")).unwrap_or_default();
    log.matches("an instance of component").count()
}
