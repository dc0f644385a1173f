//! The backend of components: Spin's SQLite.

use crate::{Backend, Bell, Connection, Error, LocalFuture, Row, Value};
use spin_sdk::{
    // The functions themselves: the SDK wraps only those that answer in a stream.
    sqlite::wit::sqlite,
    wasip3::wit_stream,
};
use std::time::Duration;

/// How statements begin that may wait: for others that write, or for the disk.
const WAIT: [&str; 4] = ["BEGIN IMMEDIATE", "COMMIT", "VACUUM", "PRAGMA wal"];

/// A database that spin.toml gives the component, by its label.
pub struct SpinSqlite {
    label: &'static str,
}

impl SpinSqlite {
    /// The database with this label in the component's `sqlite_databases`.
    #[must_use]
    pub fn new(label: &'static str) -> Self {
        Self { label }
    }
}

impl Backend for SpinSqlite {
    fn open(&self) -> LocalFuture<'_, Result<Box<dyn Connection>, Error>> {
        Box::pin(async {
            let connection = sqlite::Connection::open_async(self.label.to_owned())
                .await
                .map_err(|failure| error(failure, self.label))?;
            Ok(Box::new(Spin {
                connection,
                label: self.label,
            }) as Box<dyn Connection>)
        })
    }

    fn pause(&self, attempt: u32) -> LocalFuture<'_, ()> {
        pause(attempt)
    }

    fn bell(&self) -> (Bell, LocalFuture<'static, ()>) {
        bell()
    }
}

/// The pause of all of Spin's databases.
pub(crate) fn pause(attempt: u32) -> LocalFuture<'static, ()> {
    // Spin itself waits five seconds for a lock; instances that lost
    // together must not come back together.
    let jitter = spin_sdk::wasip3::random::random::get_random_u64() % 200;
    let pause = Duration::from_millis((100 << attempt.min(4)) + jitter);
    Box::pin(spin_sdk::time::sleep(pause))
}

/// The bell of all of Spin's databases.
pub(crate) fn bell() -> (Bell, LocalFuture<'static, ()>) {
    // One request of an instance can wake another only through the host: a
    // waker of Rust's own traps. The end of a stream is such a way.
    let (clapper, mut rung) = wit_stream::new::<u8>();
    (
        Bell::new(clapper),
        Box::pin(async move {
            let _ended = rung.next().await;
        }),
    )
}

struct Spin {
    connection: sqlite::Connection,
    label: &'static str,
}

impl Connection for Spin {
    fn query<'a>(
        &'a self,
        statement: &'a str,
        parameters: Vec<Value>,
    ) -> LocalFuture<'a, Result<Vec<Row>, Error>> {
        Box::pin(async move {
            let parameters: Vec<_> = parameters.into_iter().map(to_spin).collect();
            let outcome = if WAIT.iter().any(|begin| statement.starts_with(begin)) {
                self.wait_for(statement, parameters).await
            } else {
                // One call instead of a stream and a future with several calls each. Nothing
                // else of this instance goes on meanwhile, which takes microseconds.
                let outcome = self.connection.execute(statement, &parameters);
                outcome.map(|result| result.rows)
            };
            let rows = outcome.map_err(|failure| error(failure, self.label))?;
            let row = |row: sqlite::RowResult| row.values.into_iter().map(from_spin).collect();
            Ok(rows.into_iter().map(row).map(Row::new).collect())
        })
    }
}

impl Spin {
    /// Runs a statement while the instance goes on with other requests.
    async fn wait_for(
        &self,
        statement: &str,
        parameters: Vec<sqlite::Value>,
    ) -> Result<Vec<sqlite::RowResult>, sqlite::Error> {
        let (_, mut stream, result) = self
            .connection
            .execute_async(statement.to_owned(), parameters)
            .await?;
        let mut rows = Vec::new();
        // Spin answers before the statement has run: its error comes with the result, when
        // the rows have been taken.
        while let Some(row) = stream.next().await {
            rows.push(row);
        }
        result.await.map(|()| rows)
    }
}

fn to_spin(value: Value) -> sqlite::Value {
    match value {
        Value::Null => sqlite::Value::Null,
        Value::Integer(value) => sqlite::Value::Integer(value),
        Value::Real(value) => sqlite::Value::Real(value),
        Value::Text(value) => sqlite::Value::Text(value),
        Value::Blob(value) => sqlite::Value::Blob(value),
    }
}

fn from_spin(value: sqlite::Value) -> Value {
    match value {
        sqlite::Value::Null => Value::Null,
        sqlite::Value::Integer(value) => Value::Integer(value),
        sqlite::Value::Real(value) => Value::Real(value),
        sqlite::Value::Text(value) => Value::Text(value),
        sqlite::Value::Blob(value) => Value::Blob(value),
    }
}

fn error(failure: sqlite::Error, label: &str) -> Error {
    match failure {
        sqlite::Error::NoSuchDatabase | sqlite::Error::AccessDenied => {
            Error::NoAccess(label.to_owned())
        }
        sqlite::Error::DatabaseFull => Error::Full,
        sqlite::Error::InvalidConnection => {
            Error::Database("the connection is no longer valid".to_owned())
        }
        sqlite::Error::Io(message) => Error::from_message(message),
    }
}
