//! Backups of an app's SQLite databases, as they all were at one moment.
//!
//! What one component has told another must not be in the other's backup alone: a
//! publisher that was restored to an earlier time would give its numbers a second time. So
//! nobody writes while the databases' snapshots begin, and the copies are of these.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use miette::{IntoDiagnostic, WrapErr, miette};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use crate::state::{StateFolder, make_private_folder, write_private_file};

/// What says that a backup is whole: it is written last.
const LIST: &str = "backup.toml";

/// How long it may take until nobody writes.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many pages are copied in one step.
const PAGES: std::ffi::c_int = 1_000;

/// What is kept of the state folder beside the databases.
const FILES: [&str; 2] = ["secrets.toml", "audit.key"];

/// What is in a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    /// When nobody wrote (RFC 3339).
    made_at: String,
    /// The databases' labels, each a file of that name.
    databases: Vec<String>,
}

/// A database whose snapshot has begun.
struct Snapshot {
    label: String,
    connection: Connection,
}

/// Copies databases, by label, and what belongs to them into a folder that there is not yet.
/// The app may run meanwhile: it waits for some milliseconds. Says when that was.
///
/// # Errors
///
/// When the folder is there, a database cannot be read, its copy is not sound, or somebody
/// writes without a pause.
pub fn take(
    databases: &BTreeMap<String, PathBuf>,
    state: &StateFolder,
    folder: &Path,
) -> miette::Result<String> {
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(miette!(
            help = "Name a folder that is not there yet.",
            "{} has something in it",
            folder.display()
        ));
    }
    let (made_at, snapshots) = begin(databases)?;
    if snapshots.is_empty() {
        return Err(miette!(
            help = "Name the state folder of the app: --state-dir. What is in Postgres is backed up by pg_dump.",
            "there are no databases in {}",
            state.path().display()
        ));
    }
    make_private_folder(folder)?;
    let mut list = List {
        made_at,
        databases: Vec::new(),
    };
    for snapshot in snapshots {
        let file = folder.join(format!("{}.db", snapshot.label));
        copy(&snapshot.connection, &file)
            .wrap_err_with(|| format!("the database {} cannot be copied", snapshot.label))?;
        list.databases.push(snapshot.label);
    }
    for name in FILES {
        let path = state.path().join(name);
        if path.exists() {
            let text = fs::read_to_string(&path).into_diagnostic()?;
            write_private_file(&folder.join(name), &text).into_diagnostic()?;
        }
    }
    let text = toml::to_string(&list).into_diagnostic()?;
    write_private_file(&folder.join(LIST), &text).into_diagnostic()?;
    Ok(list.made_at)
}

/// Holds off who writes to any of the databases until a snapshot of each has begun.
fn begin(databases: &BTreeMap<String, PathBuf>) -> miette::Result<(String, Vec<Snapshot>)> {
    let mut held = Vec::new();
    for (label, path) in databases.iter().filter(|(_, path)| path.exists()) {
        let connection = open(path)?;
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .into_diagnostic()
            .wrap_err_with(|| format!("the database {label} is being written to"))?;
        held.push(connection);
    }
    let mut snapshots = Vec::new();
    for (label, path) in databases.iter().filter(|(_, path)| path.exists()) {
        let connection = open(path)?;
        connection.execute_batch("BEGIN").into_diagnostic()?;
        // A snapshot begins with the first look.
        connection
            .query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))
            .into_diagnostic()?;
        snapshots.push(Snapshot {
            label: label.clone(),
            connection,
        });
    }
    let made_at = crate::clock::now().to_rfc3339();
    for connection in held {
        connection.execute_batch("ROLLBACK").into_diagnostic()?;
    }
    Ok((made_at, snapshots))
}

fn open(path: &Path) -> miette::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot open {}", path.display()))?;
    connection.busy_timeout(PATIENCE).into_diagnostic()?;
    Ok(connection)
}

fn copy(from: &Connection, file: &Path) -> miette::Result<()> {
    write_private_file(file, "").into_diagnostic()?;
    let mut to = Connection::open(file).into_diagnostic()?;
    Backup::new(from, &mut to)
        .and_then(|backup| backup.run_to_completion(PAGES, Duration::ZERO, None))
        .into_diagnostic()?;
    let sound: String = to
        .query_row("PRAGMA quick_check", [], |row| row.get(0))
        .into_diagnostic()?;
    if sound != "ok" {
        return Err(miette!("the copy is not sound: {sound}"));
    }
    drop(to);
    File::open(file)
        .and_then(|file| file.sync_all())
        .into_diagnostic()
}

/// Puts a backup where the app's databases are to be, which must not be there yet. The next
/// start of the app has its components know. Says when it was made.
///
/// # Errors
///
/// When it is no backup, or not whole, there are databases already, or another process has
/// the state folder.
pub fn put_back(
    databases: &BTreeMap<String, PathBuf>,
    state: &StateFolder,
    folder: &Path,
) -> miette::Result<String> {
    let _lock = state.lock()?;
    let text = fs::read_to_string(folder.join(LIST)).map_err(|_| {
        miette!(
            help =
                "Name a folder that `duebell backup` made. One without this file was broken off.",
            "{} is no backup: it has no {LIST}",
            folder.display()
        )
    })?;
    let list: List = toml::from_str(&text)
        .into_diagnostic()
        .wrap_err_with(|| format!("{LIST} cannot be read"))?;
    if let Some(path) = databases.values().find(|path| path.exists()) {
        return Err(miette!(
            help = "Restore into another state folder (--state-dir), or move what is there away, its -wal and -shm files as well.",
            "{} is there already",
            path.display()
        ));
    }
    for label in &list.databases {
        let to = databases
            .get(label)
            .ok_or_else(|| miette!("the backup has a database {label}, which the app has not"))?;
        let from = folder.join(format!("{label}.db"));
        copy(&open(&from)?, to)
            .wrap_err_with(|| format!("{} cannot be restored", from.display()))?;
    }
    for name in FILES {
        let from = folder.join(name);
        if from.exists() {
            let text = fs::read_to_string(&from).into_diagnostic()?;
            write_private_file(&state.path().join(name), &text).into_diagnostic()?;
        }
    }
    state.note_restore()?;
    Ok(list.made_at)
}
