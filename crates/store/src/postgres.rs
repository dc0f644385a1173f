//! The backend for more than one machine: Spin's Postgres.

use crate::{
    Backend, Bell, Connection, Dialect, Error, LocalFuture, Row, Value,
    dialect::{self, IN_TRANSACTION},
    spin,
};
use spin_sdk::pg::wit::postgres as pg;

/// A PostgreSQL database (13 or newer), at an address that `allowed_outbound_hosts` has.
///
/// The tables are in the first schema of the role's search path, which must be the
/// component's own: roles and schemas of deploy/postgres/roles.sql.
pub struct SpinPostgres {
    address: String,
}

impl SpinPostgres {
    /// The database at this address: `postgres://user:password@host:port/name`, or anything
    /// else that libpq takes (PostgreSQL, 34.1.1).
    #[must_use]
    pub fn new(address: String) -> Self {
        Self { address }
    }
}

impl Backend for SpinPostgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn open(&self) -> LocalFuture<'_, Result<Box<dyn Connection>, Error>> {
        Box::pin(async {
            // One of the host's pool.
            let connection = pg::Connection::open_async(self.address.clone())
                .await
                .map_err(error)?;
            let connection = Postgres { connection };
            connection.leave().await?;
            Ok(Box::new(connection) as Box<dyn Connection>)
        })
    }

    fn pause(&self, attempt: u32) -> LocalFuture<'_, ()> {
        spin::pause(attempt)
    }

    fn bell(&self) -> (Bell, LocalFuture<'static, ()>) {
        spin::bell()
    }
}

struct Postgres {
    connection: pg::Connection,
}

impl Connection for Postgres {
    fn query<'a>(
        &'a self,
        statement: &'a str,
        parameters: Vec<Value>,
    ) -> LocalFuture<'a, Result<Vec<Row>, Error>> {
        Box::pin(async move {
            let statement = dialect::for_postgres(statement, &parameters);
            self.run(&statement, parameters).await
        })
    }
}

impl Postgres {
    /// Ends a transaction that an instance left open when it ended in the middle of it. (To
    /// roll back without one is a warning in the server's log, each time.)
    async fn leave(&self) -> Result<(), Error> {
        let within = match self.run(IN_TRANSACTION, Vec::new()).await {
            Ok(rows) => rows.first().is_some_and(|row| row.text(0) == Ok("on")),
            Err(Error::Unreachable(why)) => return Err(Error::Unreachable(why)),
            // One that has failed takes no statement but this.
            Err(_) => true,
        };
        if within {
            self.run("ROLLBACK", Vec::new()).await?;
        }
        Ok(())
    }

    async fn run(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, Error> {
        let parameters = parameters.into_iter().map(to_spin).collect();
        let (_, mut stream, result) = self
            .connection
            .query_async(statement.to_owned(), parameters)
            .await
            .map_err(error)?;
        let mut rows = Vec::new();
        while let Some(row) = stream.next().await {
            let values = row.into_iter().map(from_spin).collect::<Result<_, _>>()?;
            rows.push(Row::new(values));
        }
        result.await.map_err(error)?;
        Ok(rows)
    }
}

fn to_spin(value: Value) -> pg::ParameterValue {
    match value {
        Value::Null => pg::ParameterValue::DbNull,
        Value::Integer(value) => pg::ParameterValue::Int64(value),
        Value::Real(value) => pg::ParameterValue::Floating64(value),
        // Postgres has no NUL in text.
        Value::Text(value) => pg::ParameterValue::Str(value.replace('\0', "\u{fffd}")),
        Value::Blob(value) => pg::ParameterValue::Binary(value),
    }
}

/// Truth is 1 or 0, as SQLite has it.
fn from_spin(value: pg::DbValue) -> Result<Value, Error> {
    Ok(match value {
        pg::DbValue::DbNull => Value::Null,
        pg::DbValue::Boolean(value) => Value::Integer(value.into()),
        pg::DbValue::Int8(value) => Value::Integer(value.into()),
        pg::DbValue::Int16(value) => Value::Integer(value.into()),
        pg::DbValue::Int32(value) => Value::Integer(value.into()),
        pg::DbValue::Int64(value) => Value::Integer(value),
        pg::DbValue::Floating32(value) => Value::Real(value.into()),
        pg::DbValue::Floating64(value) => Value::Real(value),
        pg::DbValue::Str(value) => Value::Text(value),
        pg::DbValue::Binary(value) => Value::Blob(value),
        other => {
            return Err(Error::Unexpected(format!(
                "a value of a type that no table of this app has: {other:?}"
            )));
        }
    })
}

fn error(failure: pg::Error) -> Error {
    match failure {
        pg::Error::ConnectionFailed(why) if why.contains("not permitted") => Error::NoAccess(why),
        pg::Error::ConnectionFailed(why) => Error::Unreachable(why),
        pg::Error::QueryFailed(pg::QueryError::DbError(failure)) => {
            Error::from_sqlstate(&failure.code, failure.message)
        }
        // Without a code it is no answer of the database's: the connection is gone.
        pg::Error::QueryFailed(pg::QueryError::Text(why)) => Error::Unreachable(why),
        pg::Error::BadParameter(why)
        | pg::Error::ValueConversionFailed(why)
        | pg::Error::Other(why) => Error::Database(why),
    }
}
