//! The backend of native tests: rusqlite, with the pragmas that Spin sets.

use crate::{Backend, Bell, Connection, Error, LocalFuture, Row, Value};
use futures::channel::oneshot;
use rusqlite::types::ValueRef;
use std::{path::PathBuf, time::Duration};

/// A SQLite file.
pub struct SqliteFile {
    path: PathBuf,
}

impl SqliteFile {
    /// The database in this file; it is made when it is first opened.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Backend for SqliteFile {
    fn open(&self) -> LocalFuture<'_, Result<Box<dyn Connection>, Error>> {
        Box::pin(async {
            let connection = rusqlite::Connection::open(&self.path).map_err(error)?;
            connection
                .execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000")
                .map_err(error)?;
            Ok(Box::new(Native(connection)) as Box<dyn Connection>)
        })
    }

    fn pause(&self, attempt: u32) -> LocalFuture<'_, ()> {
        // Threads stand for instances here, so that blocking is right.
        std::thread::sleep(Duration::from_millis(10 << attempt.min(6)));
        Box::pin(async {})
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

struct Native(rusqlite::Connection);

impl Connection for Native {
    fn query<'a>(
        &'a self,
        statement: &'a str,
        parameters: Vec<Value>,
    ) -> LocalFuture<'a, Result<Vec<Row>, Error>> {
        Box::pin(async move { rows(&self.0, statement, parameters).map_err(error) })
    }
}

fn rows(
    connection: &rusqlite::Connection,
    statement: &str,
    parameters: Vec<Value>,
) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = connection.prepare_cached(statement)?;
    let columns = prepared.column_count();
    let parameters = parameters.into_iter().map(|value| match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(value) => rusqlite::types::Value::Integer(value),
        Value::Real(value) => rusqlite::types::Value::Real(value),
        Value::Text(value) => rusqlite::types::Value::Text(value),
        Value::Blob(value) => rusqlite::types::Value::Blob(value),
    });
    let mut cursor = prepared.query(rusqlite::params_from_iter(parameters))?;
    let mut all = Vec::new();
    while let Some(row) = cursor.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(value) => Value::Integer(value),
                ValueRef::Real(value) => Value::Real(value),
                ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
                ValueRef::Blob(value) => Value::Blob(value.to_vec()),
            });
        }
        all.push(Row::new(values));
    }
    Ok(all)
}

fn error(error: rusqlite::Error) -> Error {
    Error::from_message(error.to_string())
}
