//! SQLite files by rusqlite.

use duebell_store::{Backend, Bell, Connection, Error, LocalFuture, Row, Value};
use futures::channel::oneshot;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::task::spawn_blocking;

/// How long a statement waits for others that write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How many prepared statements each connection keeps.
const STATEMENTS: usize = 128;

/// A SQLite file.
pub(crate) struct SqliteFile {
    path: PathBuf,
}

impl SqliteFile {
    /// The database in this file; it is made when it is first opened.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Backend for SqliteFile {
    fn open(&self) -> LocalFuture<'_, Result<Box<dyn Connection>, Error>> {
        Box::pin(async {
            let path = self.path.clone();
            let connection = elsewhere(move || open(&path)).await?;
            let shared = Arc::new(Mutex::new(connection));
            Ok(Box::new(Native(shared)) as Box<dyn Connection>)
        })
    }

    fn pause(&self, attempt: u32) -> LocalFuture<'_, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(
            100 << attempt.min(4),
        )))
    }

    fn bell(&self) -> (Bell, LocalFuture<'static, ()>) {
        let (clapper, rung) = oneshot::channel::<()>();
        // Nothing is ever sent; the drop is what is waited for.
        (
            Bell::new(clapper),
            Box::pin(async {
                let _ = rung.await;
            }),
        )
    }
}

/// A connection with the settings of Duebell's host.
fn open(path: &Path) -> Result<rusqlite::Connection, Error> {
    let open = || {
        let connection = rusqlite::Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -16384;
             PRAGMA wal_autocheckpoint = 4000;
             PRAGMA journal_size_limit = 67108864;",
        )?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    };
    open().map_err(error)
}

/// Shared with the thread that runs a statement.
struct Native(Arc<Mutex<rusqlite::Connection>>);

impl Connection for Native {
    fn query<'a>(
        &'a self,
        statement: &'a str,
        parameters: Vec<Value>,
    ) -> LocalFuture<'a, Result<Vec<Row>, Error>> {
        Box::pin(async move {
            {
                let connection = locked(&self.0);
                if !waits(&connection, statement) {
                    return rows(&connection, statement, &parameters);
                }
            }
            let connection = Arc::clone(&self.0);
            let statement = statement.to_owned();
            elsewhere(move || rows(&locked(&connection), &statement, &parameters)).await
        })
    }
}

/// Whether a statement waits for the disk or for another writer: a commit, and whatever
/// writes or begins to write outside of a transaction. The component's thread must not
/// wait with it, or nobody would come to share the next commit.
///
/// Everything else takes microseconds, and a thread of its own costs more: with a hop for
/// each statement, creates are half as many.
fn waits(connection: &rusqlite::Connection, statement: &str) -> bool {
    statement == "COMMIT"
        || (connection.is_autocommit()
            && connection
                .prepare_cached(statement)
                .is_ok_and(|prepared| !prepared.readonly()))
}

/// Does it on a thread that may block.
async fn elsewhere<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::Database(error.to_string())))
}

fn locked(connection: &Mutex<rusqlite::Connection>) -> MutexGuard<'_, rusqlite::Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn rows(
    connection: &rusqlite::Connection,
    statement: &str,
    parameters: &[Value],
) -> Result<Vec<Row>, Error> {
    let run = || {
        let mut prepared = connection.prepare_cached(statement)?;
        let columns = prepared.column_count();
        let parameters = parameters.iter().map(Parameter);
        let mut cursor = prepared.query(rusqlite::params_from_iter(parameters))?;
        let mut all = Vec::new();
        while let Some(row) = cursor.next()? {
            let mut values = Vec::with_capacity(columns);
            for column in 0..columns {
                values.push(own(row.get_ref(column)?));
            }
            all.push(Row::new(values));
        }
        Ok(all)
    };
    run().map_err(error)
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

fn error(error: rusqlite::Error) -> Error {
    Error::from_message(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use duebell_store::{Store, contract};

    #[tokio::test]
    async fn it_keeps_the_contract_of_backends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contract.db");
        let open = || Store::new(SqliteFile::new(path.clone()), contract::MIGRATIONS);
        let verdicts = contract::run(&open).await;
        let failed: Vec<_> = verdicts
            .iter()
            .filter(|verdict| verdict.failure.is_some())
            .collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }

    #[test]
    fn what_waits_is_not_run_on_the_components_thread() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join("waits.db")).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        for alone in ["BEGIN IMMEDIATE", "INSERT INTO t VALUES (1)", "VACUUM"] {
            assert!(waits(&connection, alone), "{alone}");
        }
        for read in ["SELECT * FROM t", "BEGIN", "no SQL"] {
            assert!(!waits(&connection, read), "{read}");
        }
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for inside in ["INSERT INTO t VALUES (1)", "SAVEPOINT member", "ROLLBACK"] {
            assert!(!waits(&connection, inside), "{inside}");
        }
        assert!(waits(&connection, "COMMIT"));
    }
}
