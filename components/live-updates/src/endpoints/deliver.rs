//! `POST /events/live-updates/task-updates`: deliveries of the sidecar's.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_events::Topic;
use http::Response;

pub(crate) async fn deliver<T: Transport + 'static>(app: &App<T>, body: &Bytes) -> Response<Bytes> {
    let answer = app
        .subscriber
        .answer(Topic::TaskUpdates, body, &app.logger)
        .await;
    app.broadcast();
    answer
}
