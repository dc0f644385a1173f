//! The schema's steps.

use crate::{Connection, Error, Row, Value};
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
    pub(crate) async fn run(&self, connection: &dyn Connection) -> Result<(), Error> {
        if self.done.get() {
            return Ok(());
        }
        let latest = self.steps.last().map_or(0, |step| step.number);
        if applied(connection)
            .await?
            .is_none_or(|number| number < latest)
        {
            // Readers beside a writer, and one sync for each commit. It stays
            // with the file, and cannot be set inside a transaction.
            connection
                .query("PRAGMA journal_mode = WAL", Vec::new())
                .await?;
            connection.query("BEGIN IMMEDIATE", Vec::new()).await?;
            match self.apply(connection).await {
                Ok(()) => connection.query("COMMIT", Vec::new()).await?,
                Err(error) => {
                    connection.query("ROLLBACK", Vec::new()).await?;
                    return Err(error);
                }
            };
        }
        self.done.set(true);
        Ok(())
    }

    async fn apply(&self, connection: &dyn Connection) -> Result<(), Error> {
        connection
            .query(
                "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)",
                Vec::new(),
            )
            .await?;
        let seen = applied(connection).await?.unwrap_or(0);
        for step in self.steps.iter().filter(|step| step.number > seen) {
            for statement in step.statements {
                connection.query(statement, Vec::new()).await?;
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
async fn applied(connection: &dyn Connection) -> Result<Option<i64>, Error> {
    let exists: Vec<Value> = vec!["migrations".into()];
    let tables = connection
        .query(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1",
            exists,
        )
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
