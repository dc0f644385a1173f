//! `GET /internal/recurrence/metrics`: Prometheus' question.

use crate::{app::App, storage::wanted};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_telemetry::{Metrics, seconds};
use http::Response;

/// The inbox, and what task-api is still to be asked for.
pub(crate) async fn metrics<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let mut metrics = Metrics::new("recurrence");
    app.subscriber.measure(&mut metrics).await?;
    let now = app.clock.now().timestamp_millis();
    let (count, first) = app
        .store
        .read(async |db| wanted::standing(db).await)
        .await?;
    metrics.gauge(
        "duebell_occurrences_wanted",
        "Next occurrences that task-api has still to be asked for.",
        count,
    );
    let late = first.map_or(0, |first| (now - first).max(0));
    metrics.gauge(
        "duebell_occurrences_overdue_seconds",
        "For how long the first of them is overdue; 0 if none is.",
        seconds(late),
    );
    Ok(metrics.into_response())
}
