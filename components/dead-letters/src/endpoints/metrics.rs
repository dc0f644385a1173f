//! `GET /internal/dead-letters/metrics`: Prometheus' question.

use crate::{
    app::App,
    storage::letters::{self, RECEIVED},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_store::{Error, counters};
use duebell_telemetry::{Kind, Metrics, labels, seconds};
use http::Response;

/// The outbox, and the letters.
pub(crate) async fn metrics<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let mut metrics = Metrics::new("dead-letters");
    app.relay.measure(&mut metrics).await?;
    let now = app.clock.now().timestamp_millis();
    let (counters, open) = app
        .store
        .read(async |db| Ok::<_, Error>((counters::all(db).await?, letters::open(db).await?)))
        .await?;
    metrics.begin(
        RECEIVED,
        Kind::Counter,
        "Events that subscribers gave up, once each.",
    );
    for counter in counters.iter().filter(|counter| counter.name == RECEIVED) {
        metrics.sample(RECEIVED, &counter.labels, counter.value);
    }
    let name = "duebell_dead_letters_open";
    metrics.begin(
        name,
        Kind::Gauge,
        "Dead letters that wait: for an operator, or for a replay by itself.",
    );
    for open in &open {
        let waits_for = if open.for_operator {
            "operator"
        } else {
            "replay"
        };
        let labels = labels(&[("subscriber", &open.subscriber), ("waits_for", waits_for)]);
        metrics.sample(name, &labels, open.count);
    }
    let oldest = open.iter().map(|open| open.since).min();
    metrics.gauge(
        "duebell_dead_letters_oldest_age_seconds",
        "How long the oldest of them has waited; 0 if none waits.",
        seconds(oldest.map_or(0, |since| (now - since).max(0))),
    );
    Ok(metrics.into_response())
}
