//! The embedded log that stands for Kafka: topics with partitions, kept in one
//! SQLite file, and a position for each consumer group.
//!
//! One thread writes. It takes all publishes that wait, commits them in one
//! transaction and only then answers them, so that what is acknowledged is on
//! disk. Positions ride along with the next transaction, within 100 ms: after a
//! crash the last events may be delivered once more, never less than once.
//! Readers have connections of their own, and what was written last is also in
//! memory, so that a live consumer does not touch the file.

mod batch;
mod log;
mod partitioner;
mod reader;
mod record;
mod retention;
mod schema;
mod tail;
#[cfg(test)]
mod tests;
mod topic;
mod writer;

pub(crate) use log::Broker;
pub(crate) use record::{NewRecord, Record};
pub(crate) use retention::Retention;
pub(crate) use topic::Topic;

use thiserror::Error;

/// Why the log did not do what it was asked.
#[derive(Clone, Debug, Error)]
pub(crate) enum BrokerError {
    /// A topic's name is not one that Kafka takes.
    #[error(
        "the topic name `{0}` is not valid: 1 to 249 letters, digits, `.`, `_` and `-` (Kafka's rule)"
    )]
    TopicName(String),
    /// Too many topics.
    #[error("there are {0} topics, which is as many as the embedded log holds")]
    TooManyTopics(usize),
    /// An event is too large.
    #[error("the event is {0} bytes long; Kafka takes at most {1}")]
    TooLarge(usize, usize),
    /// `metadata.partitionNumber` is out of range.
    #[error("partition number {0} is out of range, topic has {1} partitions")]
    NoSuchPartition(u32, u32),
    /// The file could not be read or written.
    #[error("the embedded log failed: {0}")]
    Storage(String),
    /// The sidecar is shutting down.
    #[error("the embedded log is closed")]
    Closed,
}

impl From<rusqlite::Error> for BrokerError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Storage(error.to_string())
    }
}
