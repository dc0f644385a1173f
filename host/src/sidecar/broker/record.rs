//! What a topic holds.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::BrokerError;

/// The largest event, key and headers included, in bytes: Kafka's default.
pub(crate) const MAX_RECORD: usize = 1024 * 1024;

/// Kafka's headers. The last of a name wins, as in Dapr's metadata.
pub(crate) type Headers = BTreeMap<String, String>;

/// An event to be written.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewRecord {
    /// Decides the partition. None: any.
    pub(crate) key: Option<Bytes>,
    /// Decides it outright (`metadata.partitionNumber`).
    pub(crate) partition: Option<u32>,
    pub(crate) headers: Headers,
    pub(crate) value: Bytes,
}

impl NewRecord {
    /// Makes sure that Kafka would take it.
    pub(crate) fn check(&self) -> Result<(), BrokerError> {
        let headers: usize = self.headers.iter().map(|(k, v)| k.len() + v.len()).sum();
        let size = headers + self.value.len() + self.key.as_ref().map_or(0, Bytes::len);
        if size > MAX_RECORD {
            return Err(BrokerError::TooLarge(size, MAX_RECORD));
        }
        Ok(())
    }
}

/// An event as it is kept.
#[derive(Debug)]
pub(crate) struct Record {
    /// Its place in its partition, from 0.
    pub(crate) offset: i64,
    /// When it was written, in milliseconds since 1970.
    pub(crate) timestamp: i64,
    pub(crate) key: Option<Bytes>,
    pub(crate) headers: Headers,
    pub(crate) value: Bytes,
}

impl Record {
    /// About how much memory it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(k, v)| k.len() + v.len()).sum();
        headers + self.value.len() + self.key.as_ref().map_or(0, Bytes::len) + 128
    }

    /// Dapr's metadata of a delivery: key, topic, partition, offset and time, and the
    /// headers over them (so that a dead letter shows where it came from).
    pub(crate) fn metadata(&self, topic: &str, partition: u32) -> Headers {
        let mut metadata = Headers::new();
        if let Some(key) = &self.key {
            metadata.insert(
                "__key".to_owned(),
                String::from_utf8_lossy(key).into_owned(),
            );
        }
        metadata.insert("__topic".to_owned(), topic.to_owned());
        metadata.insert("__partition".to_owned(), partition.to_string());
        metadata.insert("__offset".to_owned(), self.offset.to_string());
        metadata.insert("__timestamp".to_owned(), self.timestamp.to_string());
        metadata.extend(self.headers.iter().map(|(k, v)| (k.clone(), v.clone())));
        metadata
    }
}
