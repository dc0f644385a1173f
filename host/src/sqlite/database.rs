//! One database: its file, its idle connections, its gate.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use miette::{IntoDiagnostic, WrapErr};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::metrics::DatabaseCounters;

/// How many idle connections are kept for the next `open`.
const MAX_IDLE: usize = 32;

/// How many prepared statements each connection keeps.
const STATEMENTS: usize = 128;

/// A database of the app.
pub struct Database {
    path: PathBuf,
    idle: Mutex<Vec<Physical>>,
    /// Held from the first write of a transaction to its end. Tokio's mutex is
    /// first come, first served.
    pub(super) gate: Arc<tokio::sync::Mutex<()>>,
    /// How long a statement waits for others that write.
    pub(super) patience: Duration,
    /// What is counted, once somebody wants to know.
    pub(super) counters: OnceLock<DatabaseCounters>,
}

impl Database {
    /// Opens the database, made if need be, with one connection ready.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, or is no database.
    pub fn open(path: &Path) -> miette::Result<Arc<Self>> {
        Self::open_with(path, super::BUSY_TIMEOUT)
    }

    /// The same, with another wait for others that write.
    pub(super) fn open_with(path: &Path, patience: Duration) -> miette::Result<Arc<Self>> {
        if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
            std::fs::create_dir_all(folder)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let first = Physical::open(path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot open the database {}", path.display()))?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            idle: Mutex::new(vec![first]),
            gate: Arc::default(),
            patience,
            counters: OnceLock::new(),
        }))
    }

    /// From now on its statements and commits are counted.
    pub fn count(&self, counters: DatabaseCounters) {
        // The first one stays: there is one app for each host.
        let _ = self.counters.set(counters);
    }

    /// An idle connection, or a new one.
    pub(super) fn take(&self) -> rusqlite::Result<Physical> {
        match self.idle().pop() {
            Some(physical) => Ok(physical),
            None => Physical::open(&self.path),
        }
    }

    /// Takes a connection back, unless the guest left its mark on it.
    pub(super) fn give_back(&self, mut physical: Physical) {
        let clean = physical.connection.is_autocommit()
            || physical.connection.execute_batch("ROLLBACK").is_ok();
        if clean && !physical.is_marked() && physical.relax(false).is_ok() {
            let mut idle = self.idle();
            if idle.len() < MAX_IDLE {
                idle.push(physical);
            }
        }
    }

    /// Moves what is in the write-ahead log into the file itself, and closes the
    /// idle connections: for the end of the run.
    pub fn close(&self) {
        let mut idle = std::mem::take(&mut *self.idle());
        if let Some(physical) = idle.pop() {
            drop(idle);
            let done = physical
                .connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            if let Err(error) = done {
                tracing::warn!(database = %self.path.display(), %error, "the last checkpoint failed; the next start makes up for it");
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Physical>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection to the file.
pub(super) struct Physical {
    pub(super) connection: rusqlite::Connection,
    /// Whether a guest may have left something on the connection that the next
    /// one would see: temporary tables, settings, attached databases.
    marked: Arc<AtomicBool>,
    /// Whether commits do not wait for the disk for now.
    relaxed: bool,
}

impl Physical {
    /// Whether a guest may have left something on it.
    pub(super) fn is_marked(&self) -> bool {
        self.marked.load(Ordering::Relaxed)
    }

    /// Whether commits do not wait for the disk for now.
    pub(super) fn is_relaxed(&self) -> bool {
        self.relaxed
    }

    /// Says whether commits wait for the disk. What is committed without survives the end of
    /// the process; SQLite itself stays sound after a loss of power, too, and a later commit
    /// that waits brings the earlier ones to the disk with it
    /// (<https://sqlite.org/pragma.html#pragma_synchronous>).
    pub(super) fn relax(&mut self, relaxed: bool) -> rusqlite::Result<()> {
        if self.relaxed == relaxed {
            return Ok(());
        }
        let level = if relaxed { "NORMAL" } else { "FULL" };
        // It is not the guest's doing.
        let marked = self.is_marked();
        let set = self
            .connection
            .execute_batch(&format!("PRAGMA synchronous = {level}"));
        self.marked.store(marked, Ordering::Relaxed);
        set?;
        self.relaxed = relaxed;
        Ok(())
    }

    fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = rusqlite::Connection::open(path)?;
        // While these settings are made another process may hold the file; after
        // that the wait is ours, since SQLite's own would block the thread.
        connection.busy_timeout(super::BUSY_TIMEOUT)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -16384;
             PRAGMA wal_autocheckpoint = 4000;
             PRAGMA journal_size_limit = 67108864;",
        )?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let marked = Arc::new(AtomicBool::new(false));
        let mark = marked.clone();
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            authorize(&context, &mark)
        }))?;
        Ok(Self {
            connection,
            marked,
            relaxed: false,
        })
    }
}

fn authorize(context: &AuthContext<'_>, mark: &AtomicBool) -> Authorization {
    let marks = match context.action {
        // As in Spin: no other file, but a temporary or in-memory database.
        AuthAction::Attach { filename } => {
            if !matches!(filename, "" | ":memory:") {
                return Authorization::Deny;
            }
            true
        }
        AuthAction::Pragma {
            pragma_name,
            pragma_value,
        } => {
            if pragma_name.eq_ignore_ascii_case("temp_store_directory") {
                return Authorization::Deny;
            }
            pragma_value.is_some()
        }
        _ => context.database_name == Some("temp"),
    };
    if marks {
        mark.store(true, Ordering::Relaxed);
    }
    Authorization::Allow
}
