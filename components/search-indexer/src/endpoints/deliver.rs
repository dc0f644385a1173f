//! `POST /events/search-indexer/<topic>`: deliveries of the sidecar's.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_events::Topic;
use http::Response;

pub(crate) async fn deliver<T: Transport>(
    app: &App<T>,
    topic: Topic,
    body: &Bytes,
) -> Response<Bytes> {
    app.subscriber.answer(topic, body, &app.logger).await
}
