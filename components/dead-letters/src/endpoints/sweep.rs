//! `POST /sweep-dead-letters`: the cron binding's tick.

use crate::{
    app::App,
    storage::letters::{has_old, prune},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use http::Response;

/// How many old rows one sweep forgets at most.
const MOST: u32 = 200;

/// Asks why letters were given up, replays what may have passed, publishes what a
/// crash left, and forgets what is long over. Takes no input, is bounded, and may run
/// beside itself.
pub(crate) async fn sweep<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    app.worker.sweep().await?;
    duebell_publisher::sweep(&app.relay, &app.logger).await?;
    let now = app.clock.now().timestamp_millis();
    if app.store.read(async |db| has_old(db, now).await).await? {
        app.store
            .write(async |tx| prune(tx, now, MOST).await)
            .await?;
    }
    Ok(Response::new(Bytes::new()))
}
