//! Topics and their partitions, as they are in memory.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::tail::Tail;
use super::{BrokerError, NewRecord, partitioner};

/// A topic.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(super) id: i64,
    pub(super) name: Arc<str>,
    pub(super) partitions: Box<[Partition]>,
    next_without_key: AtomicU32,
}

/// A partition. Only the writer changes it.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(super) number: u32,
    pub(super) first: AtomicI64,
    pub(super) bytes: AtomicI64,
    /// The offset that the next record gets.
    pub(super) end: watch::Sender<i64>,
    pub(super) tail: Mutex<Tail>,
}

impl Partition {
    pub(super) fn new(number: u32, first: i64, end: i64, bytes: i64) -> Self {
        Self {
            number,
            first: AtomicI64::new(first),
            bytes: AtomicI64::new(bytes),
            end: watch::Sender::new(end),
            tail: Mutex::default(),
        }
    }

    pub(super) fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Topic {
    pub(super) fn new(id: i64, name: &str, partitions: Vec<Partition>) -> Self {
        Self {
            id,
            name: Arc::from(name),
            partitions: partitions.into(),
            next_without_key: AtomicU32::new(0),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How many records it holds, and how many were ever written to it.
    pub(crate) fn extent(&self) -> (i64, i64) {
        self.partitions
            .iter()
            .fold((0, 0), |(held, written), part| {
                let end = *part.end.borrow();
                let first = part.first.load(Ordering::Acquire);
                (held + (end - first).max(0), written + end)
            })
    }

    /// The offset that the next record of a partition gets.
    pub(crate) fn end(&self, partition: u32) -> Result<i64, BrokerError> {
        Ok(*self.partition(partition)?.end.borrow())
    }

    /// How many partitions it has.
    pub(crate) fn partition_count(&self) -> u32 {
        u32::try_from(self.partitions.len()).unwrap_or(u32::MAX)
    }

    /// Where a record goes: its key's partition, or the next one in turn.
    pub(super) fn partition_for(&self, record: &NewRecord) -> Result<&Partition, BrokerError> {
        let count = self.partition_count();
        let number = match (record.partition, &record.key) {
            (Some(number), _) => number,
            (None, Some(key)) => partitioner::of_key(key, count),
            (None, None) => self.next_without_key.fetch_add(1, Ordering::Relaxed) % count.max(1),
        };
        self.partition(number)
    }

    /// The partition of that number.
    pub(super) fn partition(&self, number: u32) -> Result<&Partition, BrokerError> {
        usize::try_from(number)
            .ok()
            .and_then(|index| self.partitions.get(index))
            .ok_or(BrokerError::NoSuchPartition(number, self.partition_count()))
    }
}
