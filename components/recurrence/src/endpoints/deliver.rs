//! `POST /events/recurrence/<topic>`: deliveries of the sidecar's.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_events::Topic;
use http::Response;

pub(crate) async fn deliver<T: Transport + 'static>(
    app: &App<T>,
    topic: Topic,
    body: &Bytes,
) -> Response<Bytes> {
    let answer = app.subscriber.answer(topic, body, &app.logger).await;
    app.ask();
    answer
}
