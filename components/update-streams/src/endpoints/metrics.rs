//! `GET /internal/update-streams/metrics`: Prometheus' question.

use crate::app::App;
use bytes::Bytes;
use duebell_edge::Failure;
use duebell_telemetry::{Kind, Metrics, labels};
use duebell_updates::connections;
use http::Response;

/// The connections, over all instances.
pub(crate) async fn metrics(app: &App) -> Result<Response<Bytes>, Failure> {
    let mut metrics = Metrics::new("update-streams");
    let now = app.now();
    let open = app
        .store
        .read(async |db| connections::open(db, now).await)
        .await?;
    let name = "duebell_connections";
    metrics.begin(
        name,
        Kind::Gauge,
        "Event streams and WebSockets that are open.",
    );
    metrics.sample(name, &labels(&[("kind", "stream")]), open.streams);
    metrics.sample(name, &labels(&[("kind", "websocket")]), open.websockets);
    metrics.gauge(
        "duebell_connections_most",
        "How many of them there may be: max_streams.",
        app.most.in_all,
    );
    metrics.gauge(
        "duebell_stream_instances",
        "Instances that hold event streams.",
        open.instances,
    );
    metrics.gauge(
        "duebell_connected_users",
        "Users who have a stream or a WebSocket open.",
        open.users,
    );
    Ok(metrics.into_response())
}
