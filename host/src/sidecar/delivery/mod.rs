//! Takes events from the log to the app.
//!
//! Each partition of a subscription has a task: its deliveries go one after the
//! other, those of several partitions side by side. The position moves on when the
//! app has answered; an event that fails holds its partition up, as in Dapr.

mod bulk;
mod consumer;
mod dead_letter;
mod event;
mod headers;
mod retry;
mod single;

use std::collections::HashMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::app::App;
use super::broker::{Broker, BrokerError, Topic};
use super::metrics::SidecarMetrics;
use super::resources::{InitialOffset, Resources};
use super::subscriptions::Subscription;
use consumer::{Consumer, Feed};

/// The sidecar is shutting down; the event stays for the next start.
#[derive(Debug)]
pub(crate) struct Interrupted;

/// What deliveries need.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) broker: Broker,
    pub(crate) app: Arc<App>,
    pub(crate) resources: Arc<Resources>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) metrics: SidecarMetrics,
}

/// How far a consumer group is with a topic.
#[derive(Clone, Debug)]
pub(crate) struct Position {
    pub(crate) group: Arc<str>,
    pub(crate) topic: Arc<Topic>,
}

impl Position {
    /// How many records it has still to be given.
    ///
    /// # Errors
    /// The log failed.
    pub(crate) async fn lag(&self, broker: &Broker) -> Result<i64, BrokerError> {
        let mut lag = 0;
        for partition in 0..self.topic.partition_count() {
            // The group has begun: it has a position.
            let next = broker
                .position(&self.group, &self.topic, partition, true)
                .await?;
            lag += (self.topic.end(partition)? - next).max(0);
        }
        Ok(lag)
    }
}

impl Delivery {
    /// Starts a task for each partition of each subscription.
    ///
    /// # Errors
    /// The log failed, or a topic's name is not valid.
    pub(crate) async fn start(&self, subscriptions: &[Subscription]) -> Result<(), BrokerError> {
        let mut feeds: Vec<Arc<Feed>> = Vec::new();
        for subscription in subscriptions {
            let Some(pubsub) = self.resources.pubsub(&subscription.pubsub) else {
                continue;
            };
            feeds.push(Arc::new(Feed {
                topic: self.broker.topic(&subscription.topic).await?,
                group: Arc::from(pubsub.consumer_group.as_str()),
                policy: self.resources.policy(&pubsub.name),
                pubsub: pubsub.clone(),
                subscription: subscription.clone(),
                delivery: self.clone(),
            }));
        }
        // Of several feeds of one topic and group each gets a share of the partitions,
        // as the members of a Kafka group do.
        let mut sharing: HashMap<(Arc<str>, String), Vec<Arc<Feed>>> = HashMap::new();
        for feed in feeds {
            let key = (feed.group.clone(), feed.subscription.topic.clone());
            sharing.entry(key).or_default().push(feed);
        }
        let positions = sharing.values().filter_map(|members| members.first());
        let positions: Vec<Position> = positions
            .map(|feed| Position {
                group: feed.group.clone(),
                topic: feed.topic.clone(),
            })
            .collect();
        for members in sharing.into_values() {
            for (partition, feed) in (0..partitions(&members)).zip(members.iter().cycle()) {
                let oldest = feed.pubsub.initial_offset == InitialOffset::Oldest;
                let next = self
                    .broker
                    .position(&feed.group, &feed.topic, partition, oldest)
                    .await?;
                self.tasks
                    .spawn(Consumer::new(feed.clone(), partition, next).run());
            }
        }
        self.metrics.watch(&self.broker, positions);
        Ok(())
    }
}

fn partitions(members: &[Arc<Feed>]) -> u32 {
    members
        .first()
        .map_or(0, |feed| feed.topic.partition_count())
}
