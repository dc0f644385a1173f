//! A connection as the guest has it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::ffi::ErrorCode;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::database::{Database, Physical};
use crate::wit::spin::sqlite::sqlite::{Error, RowResult, Value};

/// The most that one statement's rows may hold, in bytes.
const MAX_RESULT: usize = 128 * 1024 * 1024;

/// How many rows a result may keep without holding the connection: what a real
/// Spin has in flight between SQLite and the guest.
const ROWS_IN_FLIGHT: usize = 4;

/// One `open` of a guest: a transaction of its own, rolled back if it is dropped
/// before its end.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    database: Arc<Database>,
    /// Held while a statement runs, and while its rows are not drained.
    turn: Arc<tokio::sync::Mutex<()>>,
    state: Mutex<State>,
}

/// What the components' store begins a transaction with whose commit need not wait for the
/// disk.
const BEGIN_RELAXED: &str = "BEGIN IMMEDIATE /* relaxed */";

#[derive(Default)]
struct State {
    /// While a transaction is open, and for good where the guest left its mark: otherwise
    /// all guests' connections share the few that there are, whose caches stay warm.
    physical: Option<Physical>,
    gate: Option<OwnedMutexGuard<()>>,
    last_insert_rowid: i64,
    changes: u64,
}

/// What became of a statement.
pub(super) struct Outcome {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<RowResult>,
    pub(super) result: Result<(), Error>,
    /// Keeps the connection until the rows are drained, where there are many.
    pub(super) turn: Option<OwnedMutexGuard<()>>,
}

impl Outcome {
    fn failed(message: impl Into<String>) -> Self {
        Self {
            columns: Vec::new(),
            rows: Vec::new(),
            result: Err(Error::Io(message.into())),
            turn: None,
        }
    }
}

/// What one try of a statement came to.
enum Attempt {
    Done(Outcome),
    /// It writes, and the gate is not ours yet.
    NeedsGate,
    /// Another process has the file.
    Busy,
}

impl Connection {
    pub(super) fn new(database: Arc<Database>) -> Self {
        Self(Arc::new(Inner {
            database,
            turn: Arc::default(),
            state: Mutex::default(),
        }))
    }

    pub(super) fn last_insert_rowid(&self) -> i64 {
        self.0.state().last_insert_rowid
    }

    pub(super) fn changes(&self) -> u64 {
        self.0.state().changes
    }

    /// Runs one statement to its end. It runs on the calling thread: a statement
    /// takes microseconds, and handing it over costs more. What ends a transaction
    /// waits for the disk, and does so aside: meanwhile the instance goes on with its
    /// other requests, which then share the next commit.
    pub(super) async fn execute(&self, statement: &str, parameters: &[Value]) -> Outcome {
        let turn = match self.0.turn.clone().try_lock_owned() {
            Ok(turn) => turn,
            Err(_) => self.0.turn.clone().lock_owned().await,
        };
        let waits_for_disk = self.0.waits_for_disk(statement);
        if let Some(counters) = self.0.database.counters.get() {
            counters.statements.inc();
            if waits_for_disk {
                counters.commits.inc();
            }
        }
        let mut deadline = None;
        let mut pause = Duration::from_millis(1);
        loop {
            let attempt = if waits_for_disk {
                self.0.clone().attempt_aside(statement, parameters).await
            } else {
                self.0.attempt(statement, parameters)
            };
            match attempt {
                Attempt::Done(mut outcome) => {
                    if outcome.rows.len() > ROWS_IN_FLIGHT {
                        outcome.turn = Some(turn);
                    }
                    return outcome;
                }
                Attempt::NeedsGate => {
                    let waiting = self.0.database.gate.clone().lock_owned();
                    match tokio::time::timeout(self.0.database.patience, waiting).await {
                        Ok(gate) => self.0.state().gate = Some(gate),
                        Err(_) => return Outcome::failed("database is locked"),
                    }
                }
                Attempt::Busy => {
                    let patience = self.0.database.patience;
                    let deadline = *deadline.get_or_insert_with(|| Instant::now() + patience);
                    if Instant::now() >= deadline {
                        self.0.leave_gate();
                        return Outcome::failed("database is locked");
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_millis(50));
                }
            }
        }
    }
}

impl Inner {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this statement ends a transaction that writes, and whose commit waits for the
    /// disk.
    fn waits_for_disk(&self, statement: &str) -> bool {
        let ends = ["COMMIT", "END"].iter().any(|end| {
            statement
                .get(..end.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(end))
        });
        if !ends {
            return false;
        }
        let state = self.state();
        let waits = |physical: &Physical| !physical.is_relaxed();
        state.gate.is_some() && state.physical.as_ref().is_some_and(waits)
    }

    /// The same as [`Self::attempt`], on a thread that may wait.
    async fn attempt_aside(self: Arc<Self>, statement: &str, parameters: &[Value]) -> Attempt {
        let (statement, parameters) = (statement.to_owned(), parameters.to_vec());
        let aside = tokio::task::spawn_blocking(move || self.attempt(&statement, &parameters));
        match aside.await {
            Ok(attempt) => attempt,
            Err(error) => Attempt::Done(Outcome::failed(error.to_string())),
        }
    }

    fn attempt(&self, statement: &str, parameters: &[Value]) -> Attempt {
        let mut state = self.state();
        let state = &mut *state;
        let physical = match state
            .physical
            .take()
            .map_or_else(|| self.database.take(), Ok)
        {
            Ok(physical) => state.physical.insert(physical),
            Err(error) => return Attempt::Done(Outcome::failed(error.to_string())),
        };
        if statement == BEGIN_RELAXED
            && state.gate.is_some()
            && let Err(error) = physical.relax(true)
        {
            return Attempt::Done(Outcome::failed(error.to_string()));
        }
        let connection = &physical.connection;
        let attempt = match connection.prepare_cached(statement) {
            Ok(prepared) if !prepared.readonly() && state.gate.is_none() => Attempt::NeedsGate,
            Ok(prepared) => {
                let writes = !prepared.readonly();
                let attempt = run(prepared, parameters);
                if writes {
                    state.last_insert_rowid = connection.last_insert_rowid();
                    state.changes = connection.changes();
                }
                attempt
            }
            Err(error) => Attempt::Done(Outcome::failed(error.to_string())),
        };
        if connection.is_autocommit() {
            if matches!(attempt, Attempt::Done(_)) {
                state.gate = None;
            }
            let kept = physical.is_marked() && physical.relax(false).is_ok();
            if !kept && let Some(physical) = state.physical.take() {
                self.database.give_back(physical);
            }
        }
        attempt
    }

    /// Lets others write, if no transaction is open.
    fn leave_gate(&self) {
        let mut state = self.state();
        let open = state
            .physical
            .as_ref()
            .is_some_and(|physical| !physical.connection.is_autocommit());
        if !open {
            state.gate = None;
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(physical) = state.physical.take() {
            self.database.give_back(physical);
        }
        // The gate opens after the rollback, with the state.
    }
}

fn run(mut prepared: rusqlite::CachedStatement<'_>, parameters: &[Value]) -> Attempt {
    let columns: Vec<String> = prepared
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut rows = Vec::new();
    let result = match collect(&mut prepared, parameters, columns.len(), &mut rows) {
        Err(Fault::Sqlite(error)) if rows.is_empty() && is_busy(&error) => return Attempt::Busy,
        Err(Fault::Sqlite(error)) => Err(Error::Io(error.to_string())),
        Err(Fault::TooLarge) => Err(Error::Io(format!(
            "the statement's rows hold more than {MAX_RESULT} bytes: ask for fewer"
        ))),
        Ok(()) => Ok(()),
    };
    Attempt::Done(Outcome {
        columns,
        rows,
        result,
        turn: None,
    })
}

enum Fault {
    Sqlite(rusqlite::Error),
    TooLarge,
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn collect(
    prepared: &mut rusqlite::CachedStatement<'_>,
    parameters: &[Value],
    width: usize,
    into: &mut Vec<RowResult>,
) -> Result<(), Fault> {
    let mut rows = prepared.query(rusqlite::params_from_iter(parameters.iter().map(Parameter)))?;
    let mut size = 0;
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(width);
        for column in 0..width {
            let value = row.get_ref(column)?;
            size += size_of::<Value>() + payload(value);
            values.push(own(value));
        }
        if size > MAX_RESULT {
            return Err(Fault::TooLarge);
        }
        into.push(RowResult { values });
    }
    Ok(())
}

/// Whether waiting may help. A transaction whose snapshot is stale stays so.
fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::SqliteFailure(failure, _)
            if failure.code == ErrorCode::DatabaseBusy
                && failure.extended_code != rusqlite::ffi::SQLITE_BUSY_SNAPSHOT
    )
}

fn payload(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 0,
    }
}

fn own(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

struct Parameter<'a>(&'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(integer) => ValueRef::Integer(*integer),
            Value::Real(real) => ValueRef::Real(*real),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
