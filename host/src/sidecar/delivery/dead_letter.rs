//! What happens to an event that no attempt can help.

use std::time::Duration;

use super::Interrupted;
use super::consumer::{Consumer, Feed};
use crate::sidecar::broker::{NewRecord, Record};

/// How long to wait when the dead-letter topic cannot be written.
const AGAIN: Duration = Duration::from_secs(5);

/// The dead-letter topic could not be written.
#[derive(Debug)]
pub(super) struct Unwritten;

impl Consumer {
    /// Writes events to the dead-letter topic as they are, with where they came from.
    /// Without such a topic they are let go. Where the topic cannot be written, the
    /// partition waits.
    pub(super) async fn dead_letter(&self, records: &[&Record]) -> Result<(), Interrupted> {
        while self.try_dead_letter(records).await.is_err() {
            self.feed.wait(AGAIN).await?;
        }
        Ok(())
    }

    /// The same, once.
    ///
    /// # Errors
    /// The topic cannot be written, which has been logged.
    pub(super) async fn try_dead_letter(&self, records: &[&Record]) -> Result<(), Unwritten> {
        let feed = &*self.feed;
        let Some(topic) = &feed.subscription.dead_letter_topic else {
            return Ok(());
        };
        if !feed.pubsub.topics.may_publish(topic) {
            forbidden(feed, topic);
            return Err(Unwritten);
        }
        let letters = records.iter().map(|record| self.letter(record)).collect();
        let written = feed.delivery.broker.append(topic, letters).await;
        if written.is_ok() {
            let metrics = &feed.delivery.metrics;
            metrics.dead_lettered(&feed.subscription, records.len());
        }
        written.map_err(|error| {
            tracing::error!(topic, %error, "dead letters cannot be written; the partition waits");
            Unwritten
        })
    }

    fn letter(&self, record: &Record) -> NewRecord {
        let mut headers = record.metadata(&self.feed.subscription.topic, self.partition);
        headers.insert("pubsubName".to_owned(), self.feed.pubsub.name.clone());
        NewRecord {
            key: record.key.clone(),
            partition: None,
            headers,
            value: record.value.clone(),
        }
    }
}

fn forbidden(feed: &Feed, topic: &str) {
    tracing::error!(
        pubsub = feed.pubsub.name,
        topic,
        "dead letters may not be published through this component, and the partition is stuck: \
         add the topic to its publishingScopes (`<app-id>={topic}`)"
    );
}
