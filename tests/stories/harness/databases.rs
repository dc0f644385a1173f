//! What components and brokers keep, read or changed past them.

use super::App;
use std::path::{Path, PathBuf};

impl App {
    /// A component's database, to be read past the component.
    pub(crate) fn database(&self, component: &str, label: &str) -> rusqlite::Connection {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        self.open_database(component, label, flags)
    }

    /// The same, to be tampered with.
    pub(crate) fn database_to_change(&self, component: &str, label: &str) -> rusqlite::Connection {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
        let database = self.open_database(component, label, flags);
        database
            .busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        database
    }

    fn open_database(
        &self,
        component: &str,
        label: &str,
        flags: rusqlite::OpenFlags,
    ) -> rusqlite::Connection {
        let part = self.state().join(component).join(format!("{label}.db"));
        let whole = self.state().join(format!("{label}.db"));
        let file = if part.exists() { part } else { whole };
        rusqlite::Connection::open_with_flags(file, flags).unwrap()
    }

    /// The databases' files of the app that hold this text somewhere, in use or not. Those
    /// of brokers and schedulers are not the app's.
    pub(crate) fn database_files_with(&self, text: &str) -> Vec<PathBuf> {
        let mut folders = vec![self.state().to_owned()];
        folders.extend(
            self.units
                .iter()
                .map(|unit| self.state().join(&unit.app_id)),
        );
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
