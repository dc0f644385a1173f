//! Lets go of old records, a few at a time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::schema::{offset_of, position};
use super::topic::Topic;
use crate::sidecar::clock;

/// How long and how much is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retention {
    /// How long a record is kept, at least.
    pub(crate) age: Duration,
    /// How many bytes a topic keeps, at most, about.
    pub(crate) topic_bytes: i64,
    /// How often the topics are looked through.
    pub(crate) every: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            age: Duration::from_secs(7 * 24 * 3600),
            topic_bytes: 1024 * 1024 * 1024,
            every: Duration::from_secs(60),
        }
    }
}

/// The partitions that retention has still to look at.
pub(super) struct Sweep {
    retention: Retention,
    left: VecDeque<(Arc<Topic>, usize)>,
}

impl Sweep {
    /// None yet, under these rules.
    pub(super) fn new(retention: Retention) -> Self {
        Self {
            retention,
            left: VecDeque::new(),
        }
    }

    /// Looks through these topics, once it is through with the ones before.
    pub(super) fn start<'a>(&mut self, topics: impl Iterator<Item = &'a Arc<Topic>>) {
        if self.is_done() {
            self.left = topics
                .flat_map(|topic| (0..topic.partitions.len()).map(|index| (topic.clone(), index)))
                .collect();
        }
    }

    /// Whether nothing is left to look at.
    pub(super) fn is_done(&self) -> bool {
        self.left.is_empty()
    }

    /// Looks at partitions until one had something to delete.
    pub(super) fn step(&mut self, connection: &mut Connection) {
        while let Some((topic, index)) = self.left.pop_front() {
            match self.partition(connection, &topic, index) {
                Ok(deleted) if deleted.records == 0 => {}
                Ok(deleted) => {
                    if deleted.more {
                        self.left.push_front((topic, index));
                    }
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, topic = %topic.name, "retention could not delete old records");
                    self.left.clear();
                }
            }
        }
    }

    fn partition(
        &self,
        connection: &mut Connection,
        topic: &Topic,
        index: usize,
    ) -> rusqlite::Result<Deleted> {
        let Some(partition) = topic.partitions.get(index) else {
            return Ok(Deleted::default());
        };
        let age = i64::try_from(self.retention.age.as_millis()).unwrap_or(i64::MAX);
        let cutoff = clock::now_millis().saturating_sub(age);
        let kept: i64 = topic
            .partitions
            .iter()
            .map(|p| p.bytes.load(Ordering::Relaxed))
            .sum();
        // Each partition gives its share, so that all reach back about as far.
        let share = partition.bytes.load(Ordering::Relaxed);
        let excess = if kept > self.retention.topic_bytes {
            let over = i128::from(kept - self.retention.topic_bytes) * i128::from(share)
                / i128::from(kept.max(1));
            i64::try_from(over).unwrap_or(share)
        } else {
            0
        };
        let first = partition.first.load(Ordering::Relaxed);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let deleted = step(
            &transaction,
            topic.id,
            partition.number,
            first,
            cutoff,
            excess,
        )?;
        if deleted.records > 0 {
            transaction.execute(
                "UPDATE partitions SET first_offset = ?3, bytes = bytes - ?4 WHERE topic = ?1 AND partition = ?2",
                params![topic.id, partition.number, deleted.first, deleted.bytes],
            )?;
            transaction.commit()?;
            partition.first.store(deleted.first, Ordering::Release);
            partition.bytes.fetch_sub(deleted.bytes, Ordering::Relaxed);
            tracing::debug!(topic = %topic.name, partition = partition.number, records = deleted.records, "retention deleted old records");
        }
        Ok(deleted)
    }
}

/// The most records that one step deletes.
const STEP: i64 = 2_000;

/// What a step deleted from a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Deleted {
    records: i64,
    bytes: i64,
    /// The offset of the first record that is left.
    first: i64,
    /// There may be more to delete.
    more: bool,
}

/// Deletes the oldest records of a partition that are older than `cutoff`
/// (milliseconds since 1970), or that the partition has `excess` bytes too much of.
fn step(
    transaction: &Transaction<'_>,
    topic: i64,
    partition: u32,
    first: i64,
    cutoff: i64,
    excess: i64,
) -> rusqlite::Result<Deleted> {
    let mut deleted = Deleted {
        first,
        ..Deleted::default()
    };
    let mut last = None;
    {
        let mut oldest = transaction.prepare_cached(
            "SELECT position, timestamp, length(value) + octet_length(headers) + coalesce(length(key), 0)
             FROM messages WHERE position >= ?1 AND position < ?2 ORDER BY position LIMIT ?3",
        )?;
        let start = position(topic, partition, first);
        let mut rows = oldest.query(params![start, position(topic, partition + 1, 0), STEP])?;
        while let Some(row) = rows.next()? {
            let (at, timestamp, bytes): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if timestamp >= cutoff && deleted.bytes >= excess {
                break;
            }
            deleted.records += 1;
            deleted.bytes += bytes;
            last = Some(at);
        }
    }
    if let Some(last) = last {
        transaction
            .prepare_cached("DELETE FROM messages WHERE position >= ?1 AND position <= ?2")?
            .execute(params![position(topic, partition, first), last])?;
        deleted.first = offset_of(last) + 1;
        deleted.more = deleted.records == STEP;
    }
    Ok(deleted)
}
