//! `POST /internal/search-indexer/erasures`: a user is to be erased.

use crate::{app::App, storage::erase::erase};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_erasures::{Order, erase_by};
use http::Response;

pub(crate) async fn erase_user<T: Transport>(
    app: &App<T>,
    order: &Bytes,
) -> Result<Response<Bytes>, Failure> {
    let now = app.clock.now().timestamp_millis();
    let delete = async |order: &Order| Ok(erase(&app.store, order).await?);
    erase_by(&app.store, now, order, delete).await
}
