//! One transaction's records and positions.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::log::PositionKey;
use super::schema::position;
use super::topic::Topic;
use super::{BrokerError, NewRecord, Record};
use crate::sidecar::clock;

/// A record and the partition it goes to.
pub(super) type Placed = (usize, NewRecord);

/// A record that is about to be committed, and where to.
pub(super) struct Pending {
    topic: Arc<Topic>,
    index: usize,
    record: Arc<Record>,
    bytes: i64,
}

/// Writes records and positions in one transaction.
pub(super) fn commit(
    connection: &mut Connection,
    appends: Vec<(Arc<Topic>, Vec<Placed>)>,
    positions: &HashMap<PositionKey, i64>,
) -> rusqlite::Result<Vec<Pending>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut ends: HashMap<(i64, usize), (i64, i64)> = HashMap::new();
    let mut pending: Vec<Pending> = Vec::new();
    for (topic, records) in appends {
        for (index, record) in records {
            let Some(partition) = topic.partitions.get(index) else {
                continue; // place() made sure of it
            };
            let (end, total) = ends
                .entry((topic.id, index))
                .or_insert_with(|| (*partition.end.borrow(), 0));
            let record = Record {
                offset: *end,
                timestamp: clock::now_millis(),
                key: record.key,
                headers: record.headers,
                value: record.value,
            };
            *end += 1;
            let bytes = insert(&transaction, topic.id, partition.number, &record)?;
            *total += bytes;
            pending.push(Pending {
                topic: topic.clone(),
                index,
                record: Arc::new(record),
                bytes,
            });
        }
    }
    for ((topic, index), (end, bytes)) in &ends {
        let mut update = transaction.prepare_cached(
                "UPDATE partitions SET next_offset = ?3, bytes = bytes + ?4 WHERE topic = ?1 AND partition = ?2",
            )?;
        update.execute(params![
            topic,
            i64::try_from(*index).unwrap_or(-1),
            end,
            bytes
        ])?;
    }
    save_positions(&transaction, positions)?;
    transaction.commit()?;
    Ok(pending)
}

/// Decides the partition of each record.
pub(super) fn place(topic: &Topic, records: Vec<NewRecord>) -> Result<Vec<Placed>, BrokerError> {
    records
        .into_iter()
        .map(|record| {
            let number = topic.partition_for(&record)?.number;
            Ok((usize::try_from(number).unwrap_or(0), record))
        })
        .collect()
}

/// Writes a record; returns its bytes.
fn insert(
    transaction: &Transaction<'_>,
    topic: i64,
    partition: u32,
    record: &Record,
) -> rusqlite::Result<i64> {
    let headers = serde_json::to_string(&record.headers).unwrap_or_default();
    let key = record.key.as_deref();
    transaction
        .prepare_cached("INSERT INTO messages (position, timestamp, key, headers, value) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            position(topic, partition, record.offset),
            record.timestamp,
            key,
            headers,
            &*record.value
        ])?;
    let bytes = headers.len() + key.map_or(0, <[u8]>::len) + record.value.len();
    Ok(i64::try_from(bytes).unwrap_or(0))
}

fn save_positions(
    transaction: &Transaction<'_>,
    positions: &HashMap<PositionKey, i64>,
) -> rusqlite::Result<()> {
    for ((group, topic, partition), next) in positions {
        transaction
            .prepare_cached(
                "INSERT INTO offsets (consumer_group, topic, partition, next_offset) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset",
            )?
            .execute(params![&**group, topic, partition, next])?;
    }
    Ok(())
}

/// Lets consumers see what was committed.
pub(super) fn publish(pending: Vec<Pending>) {
    let mut ends: HashMap<(i64, usize), (Arc<Topic>, i64)> = HashMap::new();
    for Pending {
        topic,
        index,
        record,
        bytes,
    } in pending
    {
        let Some(partition) = topic.partitions.get(index) else {
            continue;
        };
        let end = record.offset + 1;
        partition.bytes.fetch_add(bytes, Ordering::Relaxed);
        partition.tail().push(record);
        ends.insert((topic.id, index), (topic, end));
    }
    for ((_, index), (topic, end)) in ends {
        if let Some(partition) = topic.partitions.get(index) {
            partition.end.send_replace(end);
        }
    }
}
