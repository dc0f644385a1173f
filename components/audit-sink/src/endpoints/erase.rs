//! `POST /internal/audit-sink/erasures`: a user is to be erased.

use crate::{app::App, storage::erase::erase};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use http::Response;

pub(crate) async fn erase_user<T: Transport>(
    app: &App<T>,
    order: &Bytes,
) -> Result<Response<Bytes>, Failure> {
    let now = app.clock.now().timestamp_millis();
    duebell_erasures::erase(&app.store, now, order, erase).await
}
