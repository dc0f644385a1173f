//! `GET /internal/reminder-trigger/metrics`: Prometheus' question.

use crate::{
    app::App,
    ringing::{LATENESS, LATENESS_SUM},
    storage::reminders,
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_events::Timestamp;
use duebell_store::{Error, counters};
use duebell_telemetry::{Metrics, seconds};
use http::Response;

/// The outbox, the inbox, and the reminders.
pub(crate) async fn metrics<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let mut metrics = Metrics::new("reminder-trigger");
    app.relay.measure(&mut metrics).await?;
    app.subscriber.measure(&mut metrics).await?;
    let time = Timestamp::from_datetime(app.clock.now());
    let (counters, standing) = app
        .store
        .read(async |db| {
            Ok::<_, Error>((
                counters::all(db).await?,
                reminders::standing(db, time).await?,
            ))
        })
        .await?;
    metrics.gauge(
        "duebell_reminders_armed",
        "Reminders that have still to ring.",
        standing.armed,
    );
    metrics.gauge(
        "duebell_reminders_overdue",
        "Those of them whose time has come.",
        standing.overdue,
    );
    metrics.gauge(
        "duebell_reminders_overdue_seconds",
        "By how much the first of them is late; 0 if none is.",
        seconds(standing.late),
    );
    metrics.gauge(
        "duebell_jobs_wanted",
        "Jobs that the scheduler has still to be told to set or to remove.",
        standing.errands,
    );
    let count = |name: &str, labels: &str| {
        let counter = counters
            .iter()
            .find(|counter| counter.name == name && counter.labels == labels);
        counter.map_or(0, |counter| counter.value)
    };
    LATENESS.write(
        &mut metrics,
        |bucket| count(LATENESS.name, bucket),
        count(LATENESS_SUM, ""),
    );
    Ok(metrics.into_response())
}
