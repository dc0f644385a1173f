//! A broker that is away, databases that are busy, and clocks that are set.

use super::{Field, Struck, last};
use crate::{
    harness::{Fault, LABELS},
    history::now,
    plan::Planned,
    random::Random,
};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Where events are published, by one and in bulk.
const PUBLISH: &str = "/v1.0/publish";

/// The sidecar answers as it does without its broker.
pub(super) async fn broker_away(field: &mut Field<'_>, planned: &Planned) -> Struck {
    publishing(field, planned, Fault::AnswerOn(PUBLISH, 500)).await
}

/// The broker takes what is published, and the answer is lost.
pub(super) async fn publish_unanswered(field: &mut Field<'_>, planned: &Planned) -> Struck {
    publishing(field, planned, Fault::UnansweredOn(PUBLISH, 500)).await
}

async fn publishing(field: &mut Field<'_>, planned: &Planned, fault: Fault) -> Struck {
    let faults = field.app.faults().clone();
    faults.set(fault);
    let times = last(planned, || faults.meetings()).await;
    faults.set(Fault::None);
    Struck::new(times, format!("{fault:?}"))
}

/// Another process has a database locked for writing. Components and an embedded sidecar
/// wait for 5 seconds, and the fault lasts for 1.5 to 7: at times longer than anybody
/// waits, and often only a delay.
///
/// One database at a time, each once before any comes again: a run meets all of them only
/// if there are as many of these faults in it, which the suite of CI is too short for.
/// That a database was locked is all that is counted: not whether anybody wanted to write
/// to it meanwhile.
pub(super) async fn database_busy(field: &mut Field<'_>, planned: &Planned) -> Struck {
    if field.to_lock.is_empty() {
        field.to_lock = match field.app.postgres {
            Some(_) => LABELS.map(PathBuf::from).to_vec(),
            None => databases(field.app.state()),
        };
        Random::new(planned.random).shuffle(&mut field.to_lock);
    }
    let file = field.to_lock.pop().expect("a database");
    if let Some(postgres) = &field.app.postgres {
        let label = file.display().to_string();
        postgres.hold(&label, planned.lasting).await;
        return Struck::new(1, label);
    }
    let database = rusqlite::Connection::open(&file).unwrap();
    database
        .busy_timeout(std::time::Duration::from_secs(20))
        .unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    tokio::time::sleep(planned.lasting).await;
    database.execute_batch("ROLLBACK").unwrap();
    Struck::new(1, file.file_name().unwrap().to_string_lossy())
}

/// The databases of the components, and those of an embedded sidecar.
fn databases(state: &Path) -> Vec<PathBuf> {
    let folders = [state.to_owned(), state.join("sidecar-alone")];
    let files = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok());
    let mut files: Vec<PathBuf> = files
        .flatten()
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|end| end == "db"))
        .collect();
    files.sort();
    files
}

/// Reminders ring too soon by a real clock, and what was noted then is in the future
/// once it is set right.
pub(super) async fn clock_forward(field: &mut Field<'_>, planned: &Planned) -> Struck {
    clock(field, planned, 20_000).await
}

/// What was noted before is far in the future.
pub(super) async fn clock_back(field: &mut Field<'_>, planned: &Planned) -> Struck {
    clock(field, planned, -600_000).await
}

async fn clock(field: &mut Field<'_>, planned: &Planned, offset: i64) -> Struck {
    let control = field.control.clone();
    let before = control.met_clock();
    set(field, offset);
    let times = last(planned, || {
        usize::try_from(control.met_clock() - before).unwrap_or(0)
    })
    .await;
    // All goes on, though what was noted before has another time.
    field.probe.must_recover("the clock was set").await;
    set(field, 0);
    Struck::new(times, format!("set by {offset} ms"))
}

fn set(field: &Field<'_>, offset: i64) {
    let note = json!({ "kind": "clock", "at": now(), "offset": offset });
    field.history.note(note);
    field.control.set_clock(offset);
}
