//! `POST /internal/live-updates/replays/task-updates`: dead-letters', an update that
//! was given up.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_events::Topic;
use http::Response;

pub(crate) async fn replay<T: Transport + 'static>(
    app: &App<T>,
    value: &Bytes,
) -> Result<Response<Bytes>, Failure> {
    let answer = app.subscriber.replay(Topic::TaskUpdates, value).await?;
    app.broadcast();
    Ok(answer)
}
