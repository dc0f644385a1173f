//! What a database must offer to carry a [`Store`](crate::Store).

use crate::{Dialect, Error, Row, Value};
use std::{any::Any, future::Future, pin::Pin};

/// A future on the one thread of a component.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A database that connections can be opened to.
pub trait Backend: 'static {
    /// Whose words it understands.
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    /// Opens a connection of its own. Dropping it rolls back what it left open.
    fn open(&self) -> LocalFuture<'_, Result<Box<dyn Connection>, Error>>;

    /// Waits before a busy database is asked again: longer for a later
    /// `attempt` (from 0), and not for the same time in every instance.
    fn pause(&self, attempt: u32) -> LocalFuture<'_, ()>;

    /// A bell, and a future that is ready once the bell has been dropped. They
    /// may be in different requests of one instance.
    fn bell(&self) -> (Bell, LocalFuture<'static, ()>);
}

impl Backend for Box<dyn Backend> {
    fn dialect(&self) -> Dialect {
        (**self).dialect()
    }

    fn open(&self) -> LocalFuture<'_, Result<Box<dyn Connection>, Error>> {
        (**self).open()
    }

    fn pause(&self, attempt: u32) -> LocalFuture<'_, ()> {
        (**self).pause(attempt)
    }

    fn bell(&self) -> (Bell, LocalFuture<'static, ()>) {
        (**self).bell()
    }
}

/// Rings when it is dropped.
pub struct Bell(#[expect(dead_code, reason = "it is kept to be dropped")] Box<dyn Any>);

impl Bell {
    /// A bell that rings by the drop of `clapper`.
    #[must_use]
    pub fn new(clapper: impl Any) -> Self {
        Self(Box::new(clapper))
    }
}

/// One connection: its statements run one after the other.
pub trait Connection {
    /// Runs one statement and gives all of its rows.
    ///
    /// # Errors
    /// What the database said. The statement had no effect then.
    fn query<'a>(
        &'a self,
        statement: &'a str,
        parameters: Vec<Value>,
    ) -> LocalFuture<'a, Result<Vec<Row>, Error>>;
}

/// Runs a statement whose rows, if any, do not matter.
pub(crate) async fn run(connection: &dyn Connection, statement: &str) -> Result<(), Error> {
    connection.query(statement, Vec::new()).await.map(drop)
}

/// Runs several, one after the other.
pub(crate) async fn run_all(connection: &dyn Connection, statements: &[&str]) -> Result<(), Error> {
    for statement in statements {
        run(connection, statement).await?;
    }
    Ok(())
}
