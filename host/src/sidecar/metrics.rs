//! What the sidecar counts, and how far consumers are behind.

use std::sync::{Arc, PoisonError, RwLock};

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry,
};

use super::broker::Broker;
use super::delivery::Position;
use super::subscriptions::Subscription;

/// How late jobs are called, in seconds, by bucket.
const LATENESS: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0, 3600.0];

/// What came of an event that was delivered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Delivered {
    /// The app took it.
    Success,
    /// It failed, and is delivered again or given up.
    Retry,
    /// The app gave it up.
    Drop,
}

impl Delivered {
    fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Retry => "retry",
            Self::Drop => "drop",
        }
    }
}

/// The sidecar's metrics. Cloning is cheap, and counts the same.
#[derive(Clone, Debug)]
pub struct SidecarMetrics {
    registry: Registry,
    deliveries: IntCounterVec,
    dead_lettered: IntCounterVec,
    scheduled: IntCounter,
    calls: IntCounterVec,
    lateness: Histogram,
    records: IntGaugeVec,
    ends: IntGaugeVec,
    lag: IntGaugeVec,
    watched: Arc<RwLock<Option<Watched>>>,
}

/// What is looked at for each scrape.
#[derive(Clone, Debug)]
struct Watched {
    broker: Broker,
    positions: Vec<Position>,
}

impl SidecarMetrics {
    /// Nothing counted yet.
    ///
    /// # Errors
    /// A name is not valid, which a test finds.
    pub(crate) fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            prometheus::Result::Ok(counter)
        };
        let gauge = |name: &str, help: &str, labels: &[&str]| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(gauge.clone()))?;
            prometheus::Result::Ok(gauge)
        };
        let deliveries = counter(
            "duebell_sidecar_deliveries_total",
            "Events that were delivered, by what the app answered: success, retry (whatever else, too) or drop.",
            &["pubsub", "topic", "outcome"],
        )?;
        let dead_lettered = counter(
            "duebell_sidecar_dead_lettered_total",
            "Events that were written to a dead-letter topic.",
            &["pubsub", "topic"],
        )?;
        let calls = counter(
            "duebell_sidecar_job_calls_total",
            "Calls for jobs that were due, by what came of them: done, failed, or held while the app is away.",
            &["outcome"],
        )?;
        let scheduled = IntCounter::new(
            "duebell_sidecar_jobs_scheduled_total",
            "Jobs that were scheduled, again or for the first time.",
        )?;
        registry.register(Box::new(scheduled.clone()))?;
        let lateness = Histogram::with_opts(
            HistogramOpts::new(
                "duebell_sidecar_job_lateness_seconds",
                "By how much jobs were called after their time.",
            )
            .buckets(LATENESS.to_vec()),
        )?;
        registry.register(Box::new(lateness.clone()))?;
        Ok(Self {
            records: gauge(
                "duebell_sidecar_topic_records",
                "Records that a topic holds.",
                &["topic"],
            )?,
            ends: gauge(
                "duebell_sidecar_topic_end",
                "Records that were ever written to a topic: the sum of its partitions' ends.",
                &["topic"],
            )?,
            lag: gauge(
                "duebell_sidecar_consumer_lag",
                "Records of a topic that a consumer group has still to be given.",
                &["group", "topic"],
            )?,
            registry,
            deliveries,
            dead_lettered,
            scheduled,
            calls,
            lateness,
            watched: Arc::default(),
        })
    }

    /// For the text.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// From now on these are looked at.
    pub(crate) fn watch(&self, broker: &Broker, positions: Vec<Position>) {
        *self.watched.write().unwrap_or_else(PoisonError::into_inner) = Some(Watched {
            broker: broker.clone(),
            positions,
        });
    }

    /// Looks at topics and positions: for a scrape.
    pub(crate) async fn look(&self) {
        let watched = self
            .watched
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Some(Watched { broker, positions }) = watched else {
            return;
        };
        for topic in broker.topics() {
            let (records, end) = topic.extent();
            let labels = &[topic.name()];
            self.records.with_label_values(labels).set(records);
            self.ends.with_label_values(labels).set(end);
        }
        for position in positions {
            match position.lag(&broker).await {
                Ok(lag) => self
                    .lag
                    .with_label_values(&[&*position.group, position.topic.name()])
                    .set(lag),
                Err(error) => tracing::warn!(%error, "a consumer group's position cannot be read"),
            }
        }
    }

    /// Counts events that were delivered.
    pub(crate) fn delivered(&self, to: &Subscription, what: Delivered, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        if count > 0 {
            self.deliveries
                .with_label_values(&[&*to.pubsub, &*to.topic, what.as_str()])
                .inc_by(count);
        }
    }

    /// Counts events that became dead letters.
    pub(crate) fn dead_lettered(&self, of: &Subscription, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.dead_lettered
            .with_label_values(&[&*of.pubsub, &*of.topic])
            .inc_by(count);
    }

    /// Counts a job that was scheduled.
    pub(crate) fn scheduled(&self) {
        self.scheduled.inc();
    }

    /// Counts a call for a job, so many milliseconds after its time.
    pub(crate) fn called(&self, outcome: &str, late: i64) {
        self.calls.with_label_values(&[outcome]).inc();
        let late = u64::try_from(late).unwrap_or(0);
        self.lateness
            .observe(std::time::Duration::from_millis(late).as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::SidecarMetrics;

    #[test]
    fn all_names_are_valid() {
        SidecarMetrics::new().unwrap();
    }
}
