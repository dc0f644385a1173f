//! The schema's steps.

use crate::{
    Connection, Dialect, Error, Row,
    backend::{run, run_all},
    gate::Durability,
};
use std::cell::Cell;

/// One step of a schema. A step that has been released is never edited.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its place in the order: 1, 2, 3, … without a gap.
    pub number: i64,
    /// What it does, for whoever reads the table `migrations`.
    pub name: &'static str,
    /// Its statements, one each: Spin runs no more than one at a time.
    pub statements: &'static [&'static str],
    /// What Postgres runs in place of some of them, by their places from 0: those that have to
    /// be said in other words than those that [`for_postgres`](crate::for_postgres) finds.
    pub postgres: &'static [(usize, &'static str)],
}

/// All steps of a database, and whether this instance knows them to be done.
pub struct Migrations {
    steps: &'static [Migration],
    done: Cell<bool>,
}

impl Migrations {
    pub(crate) fn new(steps: &'static [Migration]) -> Self {
        Self {
            steps,
            done: Cell::new(false),
        }
    }

    pub(crate) fn are_done(&self) -> bool {
        self.done.get()
    }

    /// Runs the steps that this database has not seen, in one transaction.
    /// Instances that start at once wait for each other, and find them done.
    pub(crate) async fn run(
        &self,
        connection: &dyn Connection,
        dialect: Dialect,
    ) -> Result<(), Error> {
        if self.done.get() {
            return Ok(());
        }
        let latest = self.steps.last().map_or(0, |step| step.number);
        if applied(connection, dialect)
            .await?
            .is_none_or(|number| number < latest)
        {
            if dialect == Dialect::Sqlite {
                // Readers beside a writer, and one sync for each commit. It stays
                // with the file, and cannot be set inside a transaction.
                run(connection, "PRAGMA journal_mode = WAL").await?;
            }
            run_all(connection, dialect.begin(Durability::Full)).await?;
            match self.apply(connection, dialect).await {
                Ok(()) => run(connection, "COMMIT").await?,
                Err(error) => {
                    run(connection, "ROLLBACK").await?;
                    return Err(error);
                }
            }
        }
        self.done.set(true);
        Ok(())
    }

    async fn apply(&self, connection: &dyn Connection, dialect: Dialect) -> Result<(), Error> {
        run(
            connection,
            "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        )
        .await?;
        let seen = applied(connection, dialect).await?.unwrap_or(0);
        for step in self.steps.iter().filter(|step| step.number > seen) {
            for (place, statement) in step.statements.iter().enumerate() {
                let others = step.postgres.iter().find(|(at, _)| *at == place);
                let statement = match (dialect, others) {
                    (Dialect::Postgres, Some((_, statement))) => statement,
                    _ => statement,
                };
                run(connection, statement).await?;
            }
            connection
                .query(
                    "INSERT INTO migrations (number, name) VALUES (?1, ?2)",
                    vec![step.number.into(), step.name.into()],
                )
                .await?;
        }
        Ok(())
    }
}

/// The number of the latest step that this database has, if it has any.
async fn applied(connection: &dyn Connection, dialect: Dialect) -> Result<Option<i64>, Error> {
    let tables = connection
        .query(dialect.table(), vec!["migrations".into()])
        .await?;
    if tables.is_empty() {
        return Ok(None);
    }
    let rows = connection
        .query(
            "SELECT coalesce(max(number), 0) FROM migrations",
            Vec::new(),
        )
        .await?;
    rows.first().map(|row: &Row| row.integer(0)).transpose()
}
