//! `GET /internal/live-updates/metrics`: Prometheus' question.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_telemetry::{Metrics, seconds};
use duebell_updates::broadcasts;
use http::Response;

/// The inbox, and what is still to be broadcast.
pub(crate) async fn metrics<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let mut metrics = Metrics::new("live-updates");
    app.subscriber.measure(&mut metrics).await?;
    let now = app.clock.now().timestamp_millis();
    let waiting = app
        .store
        .read(async |db| broadcasts::waiting(db, now).await)
        .await?;
    metrics.gauge(
        "duebell_broadcasts_oldest_age_seconds",
        "How long the oldest update has waited to be broadcast to WebSockets; 0 if none waits.",
        seconds(waiting.map_or(0, |since| (now - since).max(0))),
    );
    Ok(metrics.into_response())
}
