//! The store: reads side by side, writes in turn.

use crate::{
    Backend, Bell, Connection, Dialect, Error, LocalFuture, Migration, Migrations, Row, Value,
    backend::{run, run_all},
    gate::{Durability, Gate, Open, Turn},
};
use std::{cell::RefCell, rc::Rc};

/// How many idle connections an instance keeps. A statement that is prepared
/// once stays so for as long as its connection.
const MOST_IDLE: usize = 8;

/// How often a database that stays busy is asked again, with a pause between.
const MOST_ATTEMPTS: u32 = 3;

/// A database with its schema. Clones share connections and the writers' queue:
/// make one for each instance and database.
#[derive(Clone)]
pub struct Store {
    shared: Rc<Shared>,
}

struct Shared {
    backend: Box<dyn Backend>,
    migrations: Migrations,
    gate: Gate,
    /// For readers.
    idle: RefCell<Vec<Box<dyn Connection>>>,
    /// For whoever has the turn.
    writer: RefCell<Option<Box<dyn Connection>>>,
}

/// What a read works on: each query sees the latest commit, those of a snapshot all
/// the same one.
pub struct Db<'a> {
    connection: &'a dyn Connection,
    dialect: Dialect,
}

/// What a write works on: a transaction.
///
/// Do nothing slow while you hold one, least of all a call over the network:
/// every other writer waits for it.
pub struct Tx<'a> {
    db: Db<'a>,
}

impl Store {
    /// A store on this backend; `migrations` is run on first use.
    #[must_use]
    pub fn new(backend: impl Backend, migrations: &'static [Migration]) -> Self {
        Self {
            shared: Rc::new(Shared {
                backend: Box::new(backend),
                migrations: Migrations::new(migrations),
                gate: Gate::default(),
                idle: RefCell::default(),
                writer: RefCell::default(),
            }),
        }
    }

    /// Runs queries beside each other and beside a writer.
    ///
    /// # Errors
    /// The database's, and whatever `work` returns.
    pub async fn read<T, E: From<Error>>(
        &self,
        work: impl AsyncFnOnce(&Db<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.connect().await?;
        let outcome = work(&self.db(&*connection)).await;
        self.give_back(connection);
        outcome
    }

    /// Runs queries that all see the same commit, however many come meanwhile. Beside
    /// a writer, too; but what they see is kept on the disk until `work` ends.
    ///
    /// # Errors
    /// The database's, and whatever `work` returns.
    pub async fn snapshot<T, E: From<Error>>(
        &self,
        work: impl AsyncFnOnce(&Db<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.connect().await?;
        run(&*connection, self.dialect().snapshot()).await?;
        let outcome = work(&self.db(&*connection)).await;
        // There is nothing to keep. One that cannot end it is not used again.
        if run(&*connection, "ROLLBACK").await.is_ok() {
            self.give_back(connection);
        }
        outcome
    }

    /// Runs `work` in a transaction: all of it is kept, durably, or nothing is.
    /// What `work` returns as an error rolls it back.
    ///
    /// Writers of this instance come one after the other; those that wait share
    /// a commit.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process kept the database locked for too
    /// long, other errors of the database's, and whatever `work` returns.
    pub async fn write<T, E: From<Error>>(
        &self,
        work: impl AsyncFnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transact(Durability::Full, work).await
    }

    /// The same for what is only a note, and can be found out again: it survives the end
    /// of the process at any moment, but perhaps not a loss of power. Of SQLite, only the
    /// embedded host makes use of it; on a real Spin it is as durable as any other.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn note<T, E: From<Error>>(
        &self,
        work: impl AsyncFnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transact(Durability::Relaxed, work).await
    }

    async fn transact<T, E: From<Error>>(
        &self,
        durability: Durability,
        work: impl AsyncFnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.migrate().await?;
        let gate = &self.shared.gate;
        let mut turn = gate.enter(&*self.shared.backend, durability).await;
        let open = match turn.open.take() {
            Some(open) => {
                run(&*open.connection, "SAVEPOINT member").await?;
                open
            }
            None => {
                // One connection for all writers keeps its cache warm.
                let kept = self.shared.writer.borrow_mut().take();
                let connection = match kept {
                    Some(connection) => connection,
                    None => self.shared.backend.open().await?,
                };
                self.begin(&*connection, durability).await?;
                Open::new(connection, durability)
            }
        };

        let outcome = work(&Tx {
            db: self.db(&*open.connection),
        })
        .await;

        match outcome {
            Ok(value) => {
                if !open.is_first() {
                    run(&*open.connection, "RELEASE member").await?;
                }
                self.commit(turn, open).await?;
                Ok(value)
            }
            Err(error) => {
                self.take_back(turn, open).await;
                Err(error)
            }
        }
    }

    /// A bell, and what ends when it rings: for one request of an instance to wake
    /// another.
    #[must_use]
    pub fn bell(&self) -> (Bell, LocalFuture<'static, ()>) {
        self.shared.backend.bell()
    }

    fn dialect(&self) -> Dialect {
        self.shared.backend.dialect()
    }

    fn db<'a>(&self, connection: &'a dyn Connection) -> Db<'a> {
        Db {
            connection,
            dialect: self.dialect(),
        }
    }

    /// A connection for reading.
    async fn connect(&self) -> Result<Box<dyn Connection>, Error> {
        self.migrate().await?;
        let idle = self.shared.idle.borrow_mut().pop();
        match idle {
            Some(connection) => Ok(connection),
            None => self.shared.backend.open().await,
        }
    }

    /// Brings the schema up to date, once in this instance; other instances are
    /// held off by the transaction in which the migrations run.
    async fn migrate(&self) -> Result<(), Error> {
        if self.shared.migrations.are_done() {
            return Ok(());
        }
        let gate = &self.shared.gate;
        let _turn = gate.enter(&*self.shared.backend, Durability::Full).await;
        let connection = self.shared.backend.open().await?;
        self.shared
            .migrations
            .run(&*connection, self.dialect())
            .await?;
        self.give_back(connection);
        Ok(())
    }

    fn give_back(&self, connection: Box<dyn Connection>) {
        if !self.dialect().keeps_connections() {
            return;
        }
        let mut idle = self.shared.idle.borrow_mut();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
    }

    fn keep_writer(&self, connection: Box<dyn Connection>) {
        if !self.dialect().keeps_connections() {
            return;
        }
        *self.shared.writer.borrow_mut() = Some(connection);
    }

    async fn begin(
        &self,
        connection: &dyn Connection,
        durability: Durability,
    ) -> Result<(), Error> {
        let mut attempt = 0;
        loop {
            match run_all(connection, self.dialect().begin(durability)).await {
                Err(Error::Busy) if attempt + 1 < MOST_ATTEMPTS => {
                    if self.dialect() == Dialect::Postgres {
                        // One that failed has to be ended.
                        run(connection, "ROLLBACK").await?;
                    }
                    self.shared.backend.pause(attempt).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Commits, or hands the transaction on and waits for its commit.
    async fn commit(&self, turn: Turn, open: Open) -> Result<(), Error> {
        let (turn, open) = if turn.should_hand_on(&open) {
            match turn.hand_on(open, &*self.shared.backend) {
                Ok(outcome) => {
                    return outcome.wait().await.unwrap_or_else(|| {
                        Err(Error::Aborted("it was dropped with another's".to_owned()))
                    });
                }
                Err(returned) => returned,
            }
        } else {
            (turn, open)
        };
        self.finish(turn, open).await
    }

    async fn finish(&self, turn: Turn, open: Open) -> Result<(), Error> {
        let outcome = run(&*open.connection, "COMMIT").await;
        match &outcome {
            Ok(()) => {
                self.keep_writer(open.finish(&outcome));
            }
            Err(error) => {
                // The connection is not used again: its drop rolls back.
                let failed = Err(Error::Aborted(error.to_string()));
                drop(open.finish(&failed));
            }
        }
        drop(turn);
        outcome
    }

    /// Undoes the work of the one that holds the turn.
    async fn take_back(&self, turn: Turn, open: Open) {
        if open.is_first() {
            if run(&*open.connection, "ROLLBACK").await.is_ok() {
                self.keep_writer(open.finish(&Ok(())));
            }
            drop(turn);
            return;
        }
        let undone = async {
            run(&*open.connection, "ROLLBACK TO member").await?;
            run(&*open.connection, "RELEASE member").await
        }
        .await;
        match undone {
            // What the others did stands; it is committed now rather than
            // handed on, since nobody here has a result to wait for.
            Ok(()) => {
                let _reported_to_the_members = self.finish(turn, open).await;
            }
            Err(error) => {
                drop(open.finish(&Err(Error::Aborted(error.to_string()))));
                drop(turn);
            }
        }
    }
}

impl Db<'_> {
    /// Whose words a query has to be in, where they are not the same.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Runs one statement and gives its rows.
    ///
    /// # Errors
    /// The database's.
    pub async fn query(
        &self,
        statement: &str,
        parameters: impl Into<Vec<Value>>,
    ) -> Result<Vec<Row>, Error> {
        self.connection.query(statement, parameters.into()).await
    }

    /// The first row of a query, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn first(
        &self,
        statement: &str,
        parameters: impl Into<Vec<Value>>,
    ) -> Result<Option<Row>, Error> {
        Ok(self.query(statement, parameters).await?.into_iter().next())
    }
}

impl Tx<'_> {
    /// Runs one statement whose rows, if any, do not matter.
    ///
    /// # Errors
    /// The database's.
    pub async fn execute(
        &self,
        statement: &str,
        parameters: impl Into<Vec<Value>>,
    ) -> Result<(), Error> {
        self.query(statement, parameters).await.map(drop)
    }
}

impl<'a> std::ops::Deref for Tx<'a> {
    type Target = Db<'a>;

    fn deref(&self) -> &Self::Target {
        &self.db
    }
}
