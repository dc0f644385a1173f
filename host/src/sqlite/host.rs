//! The functions of `spin:sqlite`, on the guests' connections.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::OwnedMutexGuard;
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Accessor, Destination, FutureReader, HasData, Linker, Resource, StreamProducer, StreamReader,
    StreamResult, VecBuffer,
};

use super::{Connection, SqliteView};
use crate::wit::spin::sqlite::sqlite::{
    self as wit, Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult,
    Value,
};

/// How many connections an instance may have open, as in Spin.
const MAX_OPEN: usize = 256;

/// Says to wasmtime what the interface's functions work on.
struct HasSqlite;

impl HasData for HasSqlite {
    type Data<'a> = SqliteView<'a>;
}

/// Adds `spin:sqlite` to a linker.
///
/// # Errors
///
/// When it is there already.
pub fn add_to_linker<T: Send>(
    linker: &mut Linker<T>,
    view: fn(&mut T) -> SqliteView<'_>,
) -> wasmtime::Result<()> {
    wit::add_to_linker::<T, HasSqlite>(linker, view)
}

impl SqliteView<'_> {
    fn open(&mut self, label: &str) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let Some(database) = self.databases.get(label) else {
            return Ok(Err(Error::AccessDenied));
        };
        if *self.open >= MAX_OPEN {
            return Ok(Err(Error::Io("too many connections opened".to_owned())));
        }
        let connection = self.table.push(Connection::new(database.clone()))?;
        *self.open += 1;
        Ok(Ok(connection))
    }

    fn connection(&self, handle: &Resource<Connection>) -> wasmtime::Result<Connection> {
        Ok(self.table.get(handle)?.clone())
    }
}

impl Host for SqliteView<'_> {}

impl HostConnection for SqliteView<'_> {
    async fn open(
        &mut self,
        database: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        SqliteView::open(self, &database)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<QueryResult, Error>> {
        let connection = self.connection(&connection)?;
        let outcome = connection.execute(&statement, &parameters).await;
        Ok(outcome.result.map(|()| QueryResult {
            columns: outcome.columns,
            rows: outcome.rows,
        }))
    }

    async fn last_insert_rowid(
        &mut self,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        Ok(self.connection(&connection)?.last_insert_rowid())
    }

    async fn changes(&mut self, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        Ok(self.connection(&connection)?.changes())
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        *self.open = self.open.saturating_sub(1);
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for HasSqlite {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        database: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        accessor.with(|mut store| store.get().open(&database))
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<
        Result<
            (
                Vec<String>,
                StreamReader<RowResult>,
                FutureReader<Result<(), Error>>,
            ),
            Error,
        >,
    > {
        let connection = accessor.with(|mut store| store.get().connection(&connection))?;
        let outcome = connection.execute(&statement, &parameters).await;
        let rows = Rows {
            rows: outcome.rows,
            _turn: outcome.turn,
        };
        let result = outcome.result;
        accessor.with(|mut store| {
            let rows = StreamReader::new(&mut store, rows)?;
            let result = FutureReader::new(&mut store, async move { wasmtime::error::Ok(result) })?;
            Ok(Ok((outcome.columns, rows, result)))
        })
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        let connection = accessor.with(|mut store| store.get().connection(&connection))?;
        Ok(connection.last_insert_rowid())
    }

    async fn changes_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<u64> {
        let connection = accessor.with(|mut store| store.get().connection(&connection))?;
        Ok(connection.changes())
    }
}

/// A statement's rows on their way to the guest; while there are many, they hold
/// the connection.
struct Rows {
    rows: Vec<RowResult>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl<D> StreamProducer<D> for Rows {
    type Item = RowResult;
    type Buffer = VecBuffer<RowResult>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: StoreContextMut<'a, D>,
        mut destination: Destination<'a, RowResult, VecBuffer<RowResult>>,
        _: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let this = self.get_mut();
        destination.set_buffer(std::mem::take(&mut this.rows).into());
        Poll::Ready(Ok(StreamResult::Dropped))
    }
}
