//! The newest records of a partition, in memory.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Record;

/// The most records of a partition that are kept in memory.
const MAX_RECORDS: usize = 2_048;
/// And the most bytes.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// The newest records, without a gap.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    records: VecDeque<Arc<Record>>,
    bytes: usize,
}

impl Tail {
    /// Adds the next record, and lets go of the oldest where there are too many.
    pub(crate) fn push(&mut self, record: Arc<Record>) {
        self.bytes += record.weight();
        self.records.push_back(record);
        while self.records.len() > MAX_RECORDS || (self.bytes > MAX_BYTES && self.records.len() > 1)
        {
            if let Some(oldest) = self.records.pop_front() {
                self.bytes -= oldest.weight();
            }
        }
    }

    /// Up to `max` records from that offset on. None: it is older than the tail.
    pub(crate) fn from(&self, offset: i64, max: usize) -> Option<Vec<Arc<Record>>> {
        let first = self.records.front()?.offset;
        let skip = usize::try_from(offset.checked_sub(first)?).ok()?;
        Some(self.records.iter().skip(skip).take(max).cloned().collect())
    }
}
