//! `POST /internal/reminder-trigger/erasures`: a user is to be erased.

use crate::{app::App, storage::erase::erase};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_erasures::{Left, Order, delete, erase_by};
use http::Response;

/// The scheduler's jobs name their user as well: a reminder goes when its job is gone.
pub(crate) async fn erase_user<T: Transport + 'static>(
    app: &App<T>,
    order: &Bytes,
) -> Result<Response<Bytes>, Failure> {
    let now = app.clock.now().timestamp_millis();
    erase_by(&app.store, now, order, async |order: &Order| {
        let left = delete(&app.store, order, &erase).await?;
        if left == Left::Nothing {
            return Ok(left);
        }
        app.armer.sweep(&app.logger).await?;
        Ok(delete(&app.store, order, &erase).await?)
    })
    .await
}
