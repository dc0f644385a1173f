//! `GET /internal/notifier/metrics`: Prometheus' question.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_telemetry::Metrics;
use http::Response;

/// The outbox and the inbox.
pub(crate) async fn metrics<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let mut metrics = Metrics::new("notifier");
    app.relay.measure(&mut metrics).await?;
    app.subscriber.measure(&mut metrics).await?;
    Ok(metrics.into_response())
}
