//! `POST /internal/recurrence/replays/<topic>`: dead-letters', an event that was given up.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_events::Topic;
use http::Response;

pub(crate) async fn replay<T: Transport + 'static>(
    app: &App<T>,
    topic: Topic,
    value: &Bytes,
) -> Result<Response<Bytes>, Failure> {
    let answer = app.subscriber.replay(topic, value).await?;
    app.ask();
    Ok(answer)
}
