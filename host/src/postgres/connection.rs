//! A guest's connection: a server's, for as long as the guest holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;

use super::pools::with_causes;
use super::values;
use crate::wit::spin::postgres::postgres::{
    Column, DbError, Error, ParameterValue, QueryError, Row,
};

/// How many statements a connection keeps prepared: more are of lists of many lengths.
const MOST_PREPARED: usize = 256;

/// What a guest has a connection made by: the interface's `connection-builder`.
pub struct Builder {
    pub(super) address: String,
    pub(super) ca_root: Option<String>,
}

/// A guest's connection. Clones are the same one.
#[derive(Clone)]
pub struct Connection(Arc<Held>);

/// A connection that goes back to its pool when it is dropped, without a transaction.
struct Held {
    client: Option<Object>,
    in_transaction: AtomicBool,
}

/// What a statement gave.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

impl Connection {
    pub(super) fn new(client: Object) -> Self {
        Self(Arc::new(Held {
            client: Some(client),
            in_transaction: AtomicBool::new(false),
        }))
    }

    /// Runs one statement and gives all of its rows.
    pub(super) async fn query(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Answer, Error> {
        let client = self.0.client(statement)?;
        let parameters = values::to_sql(parameters)?;
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|it| &**it as _).collect();
        if client.statement_cache.size() >= MOST_PREPARED {
            client.statement_cache.clear();
        }
        let prepared = client.prepare_cached(statement).await.map_err(failed)?;
        let rows = client.query(&prepared, &parameters).await.map_err(failed)?;
        let column = |column: &tokio_postgres::Column| Column {
            name: column.name().to_owned(),
            data_type: values::data_type(column.type_()),
        };
        Ok(Answer {
            columns: prepared.columns().iter().map(column).collect(),
            rows: rows.iter().map(values::row).collect::<Result<_, _>>()?,
        })
    }

    /// Runs one statement and says how many rows it concerned.
    pub(super) async fn execute(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<u64, Error> {
        let client = self.0.client(statement)?;
        let parameters = values::to_sql(parameters)?;
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|it| &**it as _).collect();
        client.execute(statement, &parameters).await.map_err(failed)
    }
}

impl Held {
    /// The client, on which this statement is about to be run.
    fn client(&self, statement: &str) -> Result<&Object, Error> {
        let first = statement.split_whitespace().next().unwrap_or_default();
        match first.to_ascii_uppercase().as_str() {
            "BEGIN" | "START" => self.in_transaction.store(true, Ordering::Relaxed),
            // `ROLLBACK TO` a savepoint ends nothing.
            "COMMIT" | "ROLLBACK" | "END" | "ABORT"
                if !statement.to_ascii_uppercase().contains(" TO ") =>
            {
                self.in_transaction.store(false, Ordering::Relaxed);
            }
            _ => {}
        }
        self.client
            .as_ref()
            .ok_or_else(|| Error::Other("the connection is closed".to_owned()))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        // A guest that ended in the middle of a transaction: what it holds is let go.
        if *self.in_transaction.get_mut()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                if client.batch_execute("ROLLBACK").await.is_err() {
                    // Broken: the pool is not to have it again.
                    drop(Object::take(client));
                }
            });
        }
    }
}

fn failed(error: tokio_postgres::Error) -> Error {
    let as_text = with_causes(&error);
    Error::QueryFailed(match error.as_db_error() {
        None => QueryError::Text(as_text),
        Some(failure) => {
            let more = [
                ("column", failure.column()),
                ("constraint", failure.constraint()),
                ("table", failure.table()),
                ("schema", failure.schema()),
                ("hint", failure.hint()),
            ];
            let more = more.into_iter();
            QueryError::DbError(DbError {
                as_text,
                severity: failure.severity().to_owned(),
                code: failure.code().code().to_owned(),
                message: failure.message().to_owned(),
                detail: failure.detail().map(str::to_owned),
                extras: more
                    .filter_map(|(name, text)| Some((name.to_owned(), text?.to_owned())))
                    .collect(),
            })
        }
    })
}
