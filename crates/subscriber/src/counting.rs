//! What a consumer counts, and tells those who operate it.

use crate::{Handler, Subscriber};
use duebell_dapr::{Answer, Transport};
use duebell_events::Topic;
use duebell_store::{Error, counters, counters::Counts, inbox};
use duebell_telemetry::{Kind, Metrics, labels};

/// Events by what came of them.
const EVENTS: &str = "duebell_events_total";

/// Events that no delivery brought.
const HEALED: &str = "duebell_events_healed_total";

/// What these answers add to the counters.
pub(crate) fn counts<'a>(answers: impl Iterator<Item = (Topic, &'a Answer)>) -> Counts {
    let mut counts = Counts::new();
    for (topic, answer) in answers {
        let labels = labels(&[("topic", topic.as_str()), ("outcome", outcome(answer))]);
        *counts.entry((EVENTS, labels)).or_default() += 1;
    }
    counts
}

/// An answer's name, in labels and logs.
pub(crate) fn outcome(answer: &Answer) -> &'static str {
    match answer {
        Answer::Done => "done",
        Answer::AlreadyDone => "already_done",
        Answer::Retry(_) => "retry",
        Answer::Drop(_) => "drop",
    }
}

impl<H: Handler, T: Transport> Subscriber<H, T> {
    /// Counts what did not take effect. (What did is counted in the transaction of its
    /// effect.) It is no event's failure if that cannot be done: a count is missing.
    pub(crate) async fn count_failures(&self, topic: Topic, answers: &[Answer]) {
        let failed = |answer: &&Answer| matches!(answer, Answer::Retry(_) | Answer::Drop(_));
        let counts = counts(answers.iter().filter(failed).map(|answer| (topic, answer)));
        self.count(&counts).await;
    }

    /// Counts what a sweep fetched.
    pub(crate) async fn count_healed(&self, healed: usize) {
        if healed > 0 {
            let healed = i64::try_from(healed).unwrap_or(i64::MAX);
            self.count(&Counts::from([((HEALED, String::new()), healed)]))
                .await;
        }
    }

    async fn count(&self, counts: &Counts) {
        if counts.is_empty() {
            return;
        }
        let _ = self
            .store
            .write(async |tx| counters::add(tx, counts).await)
            .await;
    }

    /// The inbox in numbers.
    ///
    /// # Errors
    /// The database's.
    pub async fn measure(&self, metrics: &mut Metrics) -> Result<(), Error> {
        let (counters, gaps, reached) = self
            .store
            .read(async |db| {
                Ok::<_, Error>((
                    counters::all(db).await?,
                    inbox::count_gaps(db).await?,
                    inbox::all_reached(db).await?,
                ))
            })
            .await?;
        metrics.begin(
            EVENTS,
            Kind::Counter,
            "Events that were handled, by what came of them: done, already_done, retry or drop.",
        );
        for counter in counters.iter().filter(|counter| counter.name == EVENTS) {
            metrics.sample(EVENTS, &counter.labels, counter.value);
        }
        let healed = counters.iter().find(|counter| counter.name == HEALED);
        metrics.counter(
            HEALED,
            "Events that no delivery brought, and that a sweep fetched.",
            healed.map_or(0, |counter| counter.value),
        );
        metrics.gauge(
            "duebell_inbox_gaps",
            "Stretches of publishers' sequences that are missing, and have still to be fetched.",
            gaps,
        );
        let name = "duebell_inbox_reached";
        metrics.begin(
            name,
            Kind::Gauge,
            "Up to which event of a publisher's outbox (duebell_outbox_committed_total) nothing is missing.",
        );
        for (source, topic, number) in reached {
            let labels = labels(&[("source", &source), ("topic", &topic)]);
            metrics.sample(name, &labels, number);
        }
        Ok(())
    }
}
