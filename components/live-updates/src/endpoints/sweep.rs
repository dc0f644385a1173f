//! `POST /sweep-live-updates`: the cron binding's tick.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_updates::log::{KEPT_FOR, has_older, prune};
use http::Response;

/// Among how many of the oldest updates one sweep forgets those that are old.
const MOST: u32 = 1_000;

/// Looks for updates that no delivery brought, broadcasts what was not, and forgets
/// what is old. Takes no input, is bounded, and may run beside itself.
pub(crate) async fn sweep<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    app.subscriber.sweep().await?.tell(&app.logger);
    app.broadcast();
    let before = app.clock.now().timestamp_millis() - KEPT_FOR;
    if app
        .store
        .read(async |db| has_older(db, before).await)
        .await?
    {
        app.store
            .write(async |tx| prune(tx, before, MOST).await)
            .await?;
    }
    Ok(Response::new(Bytes::new()))
}
