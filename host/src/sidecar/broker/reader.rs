//! Reads records and positions from the file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::Semaphore;

use super::record::Headers;
use super::schema::{offset_of, position};
use super::{BrokerError, Record};
use crate::sidecar::database::open_reader;

/// The most connections that read at once.
const CONNECTIONS: usize = 4;
/// The most bytes of values that one read returns (but at least one record).
const MAX_READ: usize = 4 * 1024 * 1024;

/// A few read-only connections.
#[derive(Debug)]
pub(crate) struct Reader {
    path: PathBuf,
    permits: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Reader {
    /// Reads the file at that path.
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            permits: Semaphore::new(CONNECTIONS),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Up to `max` records of a partition from `from` on.
    pub(crate) async fn records(
        self: &Arc<Self>,
        topic: i64,
        partition: u32,
        from: i64,
        max: usize,
    ) -> Result<Vec<Arc<Record>>, BrokerError> {
        self.run(move |connection| read_records(connection, topic, partition, from, max))
            .await
    }

    /// The next offset that a group wants of a partition, if it ever said.
    pub(crate) async fn position(
        self: &Arc<Self>,
        group: &str,
        topic: i64,
        partition: u32,
    ) -> Result<Option<i64>, BrokerError> {
        let group = group.to_owned();
        self.run(move |connection| {
            connection
                .prepare_cached("SELECT next_offset FROM offsets WHERE consumer_group = ?1 AND topic = ?2 AND partition = ?3")?
                .query_row(params![group, topic, partition], |row| row.get(0))
                .optional()
        })
        .await
    }

    async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, BrokerError> {
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| BrokerError::Closed)?;
        let reader = self.clone();
        tokio::task::spawn_blocking(move || {
            let idle = reader
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop();
            let connection = match idle {
                Some(connection) => connection,
                None => open_reader(&reader.path)?,
            };
            let result = read(&connection)?;
            reader
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            Ok(result)
        })
        .await
        .map_err(|error| BrokerError::Storage(error.to_string()))?
    }
}

fn read_records(
    connection: &Connection,
    topic: i64,
    partition: u32,
    from: i64,
    max: usize,
) -> rusqlite::Result<Vec<Arc<Record>>> {
    let mut statement = connection.prepare_cached(
        "SELECT position, timestamp, key, headers, value FROM messages
         WHERE position >= ?1 AND position < ?2 ORDER BY position LIMIT ?3",
    )?;
    let start = position(topic, partition, from);
    let end = position(topic, partition + 1, 0);
    let mut rows = statement.query(params![start, end, i64::try_from(max).unwrap_or(i64::MAX)])?;
    let mut records = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let headers: String = row.get(3)?;
        let record = Record {
            offset: offset_of(row.get(0)?),
            timestamp: row.get(1)?,
            key: row.get::<_, Option<Vec<u8>>>(2)?.map(Into::into),
            headers: serde_json::from_str::<Headers>(&headers).unwrap_or_default(),
            value: row.get::<_, Vec<u8>>(4)?.into(),
        };
        bytes += record.weight();
        records.push(Arc::new(record));
        if bytes > MAX_READ {
            break;
        }
    }
    Ok(records)
}
