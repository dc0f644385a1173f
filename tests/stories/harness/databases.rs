//! What components and brokers keep, read or changed past them.

use super::{App, servers::Postgres};
use std::path::{Path, PathBuf};

/// A component's database, past the component.
pub(crate) enum Database<'a> {
    /// A file.
    Sqlite(rusqlite::Connection),
    /// A schema.
    Postgres(&'a Postgres, String),
}

impl Database<'_> {
    /// The rows of a query, their values as text; NULL is empty.
    pub(crate) fn rows(&self, query: &str) -> Vec<Vec<String>> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare(query).unwrap();
                let columns = statement.column_count();
                let rows = statement.query_map([], |row| {
                    let value = |at| row.get::<_, rusqlite::types::Value>(at).map(text);
                    (0..columns).map(value).collect::<Result<Vec<_>, _>>()
                });
                rows.unwrap().map(Result::unwrap).collect()
            }
            Self::Postgres(postgres, label) => postgres.query(label, query),
        }
    }

    /// The only value of a query, a number.
    pub(crate) fn number(&self, query: &str) -> i64 {
        self.rows(query)[0][0].parse().unwrap()
    }

    /// Changes it, by one statement or several.
    pub(crate) fn change(&self, statements: &str) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(statements).unwrap(),
            Self::Postgres(postgres, label) => drop(postgres.query(label, statements)),
        }
    }
}

fn text(value: rusqlite::types::Value) -> String {
    use rusqlite::types::Value;
    match value {
        Value::Null => String::new(),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) => value.to_string(),
        Value::Text(value) => value,
        Value::Blob(value) => format!("{value:?}"),
    }
}

impl App {
    /// A component's database, to be read or tampered with past the component.
    pub(crate) fn database(&self, component: &str, label: &str) -> Database<'_> {
        if let Some(postgres) = &self.postgres {
            return Database::Postgres(postgres, label.to_owned());
        }
        let part = self.state().join(component).join(format!("{label}.db"));
        let whole = self.state().join(format!("{label}.db"));
        let file = if part.exists() { part } else { whole };
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
        let connection = rusqlite::Connection::open_with_flags(file, flags).unwrap();
        connection
            .busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        Database::Sqlite(connection)
    }

    /// Where the app has this text: the databases' files, in use or not, or what is in
    /// Postgres. What brokers and schedulers have is not the app's.
    pub(crate) fn databases_with(&self, text: &str) -> Vec<PathBuf> {
        let Some(postgres) = &self.postgres else {
            return self.files_with(text);
        };
        let dump = postgres.dump();
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let found = dump.contains(text) || dump.contains(&hex);
        found
            .then(|| PathBuf::from("postgres"))
            .into_iter()
            .collect()
    }

    fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let mut folders = vec![self.state().to_owned()];
        folders.extend(self.units.iter().map(|unit| self.state().join(&unit.name)));
        let files = folders
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flatten()
            .map(|file| file.unwrap().path());
        files
            .filter(|file| {
                let name = file.file_name().unwrap().to_string_lossy();
                name.ends_with(".db") || name.ends_with(".db-wal")
            })
            .filter(|file| {
                let bytes = std::fs::read(file).unwrap_or_default();
                bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            })
            .collect()
    }

    /// Loses a component's database. Whoever has it open must have been killed.
    pub(crate) fn lose_database(&self, component: &str, label: &str) {
        if let Some(postgres) = &self.postgres {
            let schema = format!("duebell_{label}");
            let again = format!(
                "DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema} AUTHORIZATION {schema}"
            );
            postgres.query(label, &again);
            return;
        }
        let mut lost = 0;
        for folder in [self.state().join(component), self.state().to_owned()] {
            for end in ["db", "db-wal", "db-shm"] {
                let file = folder.join(format!("{label}.{end}"));
                lost += usize::from(std::fs::remove_file(file).is_ok());
            }
        }
        assert!(lost > 0, "there is no {label}.db");
    }

    /// How many events are in dead-letter topics.
    pub(crate) fn dead_letters(&self) -> usize {
        if let Some(servers) = &self.servers {
            return servers.kafka.messages_in("-dlq");
        }
        let folder = ["sidecar", "sidecar-alone"]
            .map(|name| self.state().join(name))
            .into_iter()
            .find(|folder| folder.exists())
            .unwrap();
        let log = rusqlite::Connection::open(folder.join("broker.db")).unwrap();
        let query = "SELECT coalesce(sum(next_offset), 0) FROM partitions JOIN topics ON topic = id
                     WHERE name LIKE '%-dlq'";
        let count: i64 = log.query_row(query, [], |row| row.get(0)).unwrap();
        usize::try_from(count).unwrap()
    }
}
