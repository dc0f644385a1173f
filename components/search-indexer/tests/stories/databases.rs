//! Where a world's database is: a file of its own, or a schema of its own of the Postgres
//! server that `DUEBELL_POSTGRES` names (`postgres://role@host:port/database`; the role may
//! make schemas there).

use duebell_fakes::files_with;
use duebell_store::{
    Backend, Bell, Connection, Dialect, Error, LocalFuture, Row, Value, for_postgres,
    native::SqliteFile,
};
use futures::executor::block_on;
use std::{
    env,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{
    Client, NoTls,
    types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

type AnyError = Box<dyn std::error::Error + Sync + Send>;

pub(crate) enum Database {
    File(tempfile::TempDir),
    Schema(Schema),
}

/// It goes with the world.
pub(crate) struct Schema {
    server: String,
    name: String,
}

impl Database {
    /// Of the kind that the run is for.
    pub(crate) fn new() -> Self {
        Self::of_postgres().unwrap_or_else(Self::file)
    }

    pub(crate) fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// None if there is no server.
    pub(crate) fn of_postgres() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = env::var("DUEBELL_POSTGRES").ok()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("story_{}_{number}", std::process::id());
        let schema = Schema { server, name };
        let name = &schema.name;
        schema.run(&format!("DROP SCHEMA IF EXISTS {name} CASCADE"));
        schema.run(&format!("CREATE SCHEMA {name}"));
        Some(Self::Schema(schema))
    }

    pub(crate) fn backend(&self) -> Box<dyn Backend> {
        match self {
            Self::File(folder) => Box::new(SqliteFile::new(folder.path().join("search.db"))),
            Self::Schema(Schema { server, name }) => Box::new(Postgres {
                server: server.clone(),
                schema: name.clone(),
            }),
        }
    }

    /// Runs a statement past the component.
    pub(crate) fn query(&self, statement: &str, parameters: Vec<Value>) -> Vec<Row> {
        block_on(async {
            let connection = self.backend().open().await.unwrap();
            connection.query(statement, parameters).await.unwrap()
        })
    }

    /// Whether a word is anywhere: in a file, deleted or not; or in a row.
    pub(crate) fn has(&self, word: &str) -> bool {
        match self {
            Self::File(folder) => !files_with(folder.path(), word).is_empty(),
            Self::Schema(_) => {
                let tables = self.query(
                    "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
                    Vec::new(),
                );
                tables.iter().any(|table| {
                    let table = table.text(0).unwrap();
                    let statement = format!(
                        "SELECT 1 FROM {table} WHERE position(?1 IN CAST({table} AS text)) > 0"
                    );
                    !self.query(&statement, vec![word.into()]).is_empty()
                })
            }
        }
    }
}

impl Schema {
    fn run(&self, statement: &str) {
        let session = Session::open(&self.server).unwrap();
        let run = session.client.batch_execute(statement);
        session.runtime.block_on(run).unwrap();
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        self.run(&format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

struct Postgres {
    server: String,
    schema: String,
}

impl Backend for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn open(&self) -> LocalFuture<'_, Result<Box<dyn Connection>, Error>> {
        Box::pin(async {
            let session = Session::open(&self.server)?;
            let path = format!("SET search_path TO {}", self.schema);
            session.query(&path, Vec::new())?;
            Ok(Box::new(session) as Box<dyn Connection>)
        })
    }

    fn pause(&self, attempt: u32) -> LocalFuture<'_, ()> {
        Box::pin(async move {
            std::thread::sleep(std::time::Duration::from_millis(10 << attempt.min(6)));
        })
    }

    fn bell(&self) -> (Bell, LocalFuture<'static, ()>) {
        SqliteFile::new(PathBuf::new()).bell()
    }
}

/// A connection, and what it runs on.
struct Session {
    client: Client,
    runtime: Runtime,
}

impl Session {
    fn open(server: &str) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let connecting = tokio_postgres::connect(server, NoTls);
        let (client, connection) = runtime.block_on(connecting).map_err(error)?;
        runtime.spawn(connection);
        Ok(Self { client, runtime })
    }

    fn query(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, Error> {
        let statement = for_postgres(statement, &parameters);
        let parameters: Vec<Parameter> = parameters.into_iter().map(Parameter).collect();
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|it| it as _).collect();
        let rows = self.client.query(&statement, &parameters);
        let rows = self.runtime.block_on(rows).map_err(error)?;
        Ok(rows.iter().map(row).collect())
    }
}

impl Connection for Session {
    fn query<'a>(
        &'a self,
        statement: &'a str,
        parameters: Vec<Value>,
    ) -> LocalFuture<'a, Result<Vec<Row>, Error>> {
        Box::pin(async move { Session::query(self, statement, parameters) })
    }
}

/// As the component's own backend hands it over.
#[derive(Debug)]
struct Parameter(Value);

impl ToSql for Parameter {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, AnyError> {
        match &self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(value) => value.to_sql_checked(of, out),
            Value::Real(value) => value.to_sql_checked(of, out),
            Value::Text(value) => value.replace('\0', "\u{fffd}").to_sql_checked(of, out),
            Value::Blob(value) => value.to_sql_checked(of, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn row(row: &tokio_postgres::Row) -> Row {
    fn get<'a, T: FromSql<'a> + Into<Value>>(row: &'a tokio_postgres::Row, at: usize) -> Value {
        row.get::<_, Option<T>>(at).into()
    }
    let value = |at: usize| match *row.columns()[at].type_() {
        Type::BOOL => get::<bool>(row, at),
        Type::INT4 => get::<i32>(row, at),
        Type::INT8 => get::<i64>(row, at),
        Type::FLOAT8 => get::<f64>(row, at),
        Type::TEXT | Type::VARCHAR => get::<String>(row, at),
        Type::BYTEA => get::<Vec<u8>>(row, at),
        // Nor has Spin any value for it.
        ref other => panic!("a value of the type {other}"),
    };
    Row::new((0..row.len()).map(value).collect())
}

fn error(error: tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(failure) => Error::from_sqlstate(failure.code().code(), failure.message().to_owned()),
        None => Error::Unreachable(error.to_string()),
    }
}
