//! One partition of a subscription.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::event::Event;
use super::{Delivery, Interrupted};
use crate::sidecar::app::CALL_TIMEOUT;
use crate::sidecar::broker::{Record, Topic};
use crate::sidecar::clock;
use crate::sidecar::metrics::Delivered;
use crate::sidecar::resources::{InboundPolicy, KafkaPubsub};
use crate::sidecar::subscriptions::{Bulk, Subscription};

/// The most records that are read ahead.
const READ_AHEAD: usize = 1_000;
/// The most bytes of events in one bulk request (but at least one event).
const MAX_BATCH_BYTES: usize = 1024 * 1024;
/// How long a batch that is not full waits for more after a quiet time. A real
/// daprd waits for `maxAwaitDurationMs`; while events keep coming, so does this.
const LINGER: Duration = Duration::from_millis(2);
/// How much longer than its last delivery took a partition waits for more events, at least:
/// an app that is busy is better served by few large batches than by many small ones.
const BUSY: u32 = 4;
/// But not for longer than this, if `maxAwaitDurationMs` is not longer itself.
const MAX_BUSY: Duration = Duration::from_millis(40);
/// How long to wait after the log failed.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// A subscription, with all that its deliveries need.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) subscription: Subscription,
    pub(crate) pubsub: KafkaPubsub,
    pub(crate) policy: InboundPolicy,
    pub(crate) group: Arc<str>,
    pub(crate) topic: Arc<Topic>,
    pub(crate) delivery: Delivery,
}

impl Feed {
    /// How long the app may take for one request.
    pub(crate) fn timeout(&self) -> Duration {
        self.policy.timeout.unwrap_or(CALL_TIMEOUT)
    }

    /// Waits, unless the sidecar shuts down.
    pub(crate) async fn wait(&self, duration: Duration) -> Result<(), Interrupted> {
        tokio::select! {
            biased;
            () = self.delivery.stop.cancelled() => Err(Interrupted),
            () = tokio::time::sleep(duration) => Ok(()),
        }
    }

    /// Waits until the app is healthy, unless the sidecar shuts down.
    pub(crate) async fn until_healthy(&self) -> Result<(), Interrupted> {
        tokio::select! {
            biased;
            () = self.delivery.stop.cancelled() => Err(Interrupted),
            () = self.delivery.app.until_healthy() => Ok(()),
        }
    }
}

/// The deliveries of one partition.
pub(crate) struct Consumer {
    pub(super) feed: Arc<Feed>,
    pub(super) partition: u32,
    /// The offset after the last record in `ahead`.
    next: i64,
    ahead: VecDeque<Arc<Record>>,
    /// When the batch before was complete.
    batched: Option<Instant>,
    /// How long the app took for it.
    took: Duration,
}

impl Consumer {
    /// From that offset on.
    pub(crate) fn new(feed: Arc<Feed>, partition: u32, next: i64) -> Self {
        Self {
            feed,
            partition,
            next,
            ahead: VecDeque::new(),
            batched: None,
            took: Duration::ZERO,
        }
    }

    /// Delivers until the sidecar shuts down.
    pub(crate) async fn run(mut self) {
        while self.step().await.is_ok() {}
    }

    async fn step(&mut self) -> Result<(), Interrupted> {
        if self.ahead.is_empty() {
            self.read_ahead().await?;
        }
        self.feed.until_healthy().await?;
        let Some(record) = self.ahead.front().cloned() else {
            return Ok(());
        };
        let trace = match self.inspect(&record) {
            Event::Whole(trace) => trace,
            Event::Malformed(why) => {
                self.malformed(&record, &why).await?;
                return self.done(1);
            }
            Event::Expired => {
                self.expired(&record).await?;
                return self.done(1);
            }
        };
        match self.feed.subscription.bulk {
            None => {
                self.deliver(&record, trace.as_ref()).await?;
                self.done(1)
            }
            Some(bulk) => {
                let batch = self.batch(bulk).await;
                let count = batch.len();
                let start = Instant::now();
                self.deliver_batch(batch).await?;
                self.took = start.elapsed();
                self.done(count)
            }
        }
    }

    async fn read_ahead(&mut self) -> Result<(), Interrupted> {
        let Delivery { broker, stop, .. } = &self.feed.delivery;
        let fetched = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Interrupted),
            fetched = broker.fetch(&self.feed.topic, self.partition, self.next, READ_AHEAD) => fetched,
        };
        match fetched {
            Ok(records) => {
                if let Some(first) = records.first()
                    && first.offset > self.next
                {
                    tracing::warn!(
                        topic = self.feed.subscription.topic,
                        partition = self.partition,
                        group = &*self.feed.group,
                        lost = first.offset - self.next,
                        "retention deleted events before this group was given them"
                    );
                }
                self.add(records);
                Ok(())
            }
            Err(error) => {
                tracing::error!(topic = self.feed.subscription.topic, partition = self.partition, %error, "events cannot be read");
                self.feed.wait(AFTER_ERROR).await
            }
        }
    }

    fn add(&mut self, records: Vec<Arc<Record>>) {
        if let Some(last) = records.last() {
            self.next = last.offset + 1;
        }
        self.ahead.extend(records);
    }

    /// The events of one bulk request: what is there, and what comes soon if
    /// that is not enough. After a quiet time soon is two milliseconds; otherwise
    /// `maxAwaitDurationMs` after the batch before, or later if the app is busy, so that
    /// many events do not make many small requests.
    async fn batch(&mut self, bulk: Bulk) -> Vec<Arc<Record>> {
        let soon = Instant::now() + LINGER.min(bulk.max_await);
        let until = self
            .batched
            .map_or(soon, |before| soon.max(before + self.pause(bulk)));
        while self.ahead.len() < bulk.max_messages {
            let missing = bulk.max_messages - self.ahead.len();
            let fetch = self.feed.delivery.broker.fetch(
                &self.feed.topic,
                self.partition,
                self.next,
                missing,
            );
            match tokio::time::timeout_at(until, fetch).await {
                Ok(Ok(records)) if !records.is_empty() => self.add(records),
                _ => break,
            }
        }
        self.batched = Some(Instant::now());
        let mut batch = Vec::new();
        let mut bytes = 0;
        for record in self.ahead.iter().take(bulk.max_messages) {
            bytes += record.value.len();
            let fits = batch.is_empty() || bytes <= MAX_BATCH_BYTES;
            if !fits || !matches!(self.inspect(record), Event::Whole(_)) {
                break; // The latter is dealt with when its turn comes.
            }
            batch.push(record.clone());
        }
        batch
    }

    /// How long after one batch the next is complete.
    fn pause(&self, bulk: Bulk) -> Duration {
        bulk.max_await.max((self.took * BUSY).min(MAX_BUSY))
    }

    /// Looks at a record's value.
    pub(super) fn inspect(&self, record: &Record) -> Event {
        if self.feed.subscription.raw_payload {
            return Event::Whole(None);
        }
        Event::inspect(&record.value, clock::now())
    }

    /// The first `count` records are done with.
    fn done(&mut self, count: usize) -> Result<(), Interrupted> {
        let last = self.ahead.drain(..count.min(self.ahead.len())).next_back();
        if let Some(last) = last {
            self.commit(last.offset + 1);
        }
        Ok(())
    }

    /// The group wants that offset next.
    pub(super) fn commit(&self, next: i64) {
        let Feed {
            delivery,
            group,
            topic,
            ..
        } = &*self.feed;
        delivery.broker.commit(group, topic, self.partition, next);
    }

    /// Counts what came of events that were delivered.
    pub(super) fn count(&self, what: Delivered, events: usize) {
        let Feed {
            delivery,
            subscription,
            ..
        } = &*self.feed;
        delivery.metrics.delivered(subscription, what, events);
    }

    /// An event that is no JSON object goes to the dead letters without the app
    /// having seen it. Without a dead-letter topic the partition is stuck, as in Dapr.
    async fn malformed(&self, record: &Record, why: &str) -> Result<(), Interrupted> {
        let subscription = &self.feed.subscription;
        while subscription.dead_letter_topic.is_none() {
            tracing::error!(
                pubsub = subscription.pubsub,
                topic = subscription.topic,
                partition = self.partition,
                offset = record.offset,
                why,
                "an event is no CloudEvent and holds its partition up: give the subscription a deadLetterTopic (or rawPayload)"
            );
            self.feed
                .wait(self.feed.pubsub.redelivery.max(AFTER_ERROR))
                .await?;
        }
        tracing::warn!(
            pubsub = subscription.pubsub,
            topic = subscription.topic,
            partition = self.partition,
            offset = record.offset,
            why,
            "an event is no CloudEvent: to the dead letters"
        );
        self.dead_letter(&[record]).await
    }

    /// An event that came too late goes to the dead letters, or nowhere.
    async fn expired(&self, record: &Record) -> Result<(), Interrupted> {
        let topic = &self.feed.subscription.topic;
        tracing::info!(
            topic,
            partition = self.partition,
            offset = record.offset,
            "an event has expired"
        );
        self.dead_letter(&[record]).await
    }
}
