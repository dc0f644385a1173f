//! `POST /sweep-task-api`: the cron binding's tick.

use crate::{
    app::App,
    storage::{idempotency, reminders, tasks},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use http::Response;

/// How many old rows of each kind one sweep forgets at most.
const MOST: u32 = 200;

/// Goes on with erasures, publishes what a crash left in the outbox, and forgets what is old. Takes no
/// input, is bounded, and may run beside itself.
pub(crate) async fn sweep<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    app.eraser.sweep().await?;
    duebell_publisher::sweep(&app.relay, &app.logger).await?;
    let now = app.clock.now();
    let old = app
        .store
        .read(async |db| {
            Ok::<_, duebell_store::Error>(
                tasks::has_old(db, now).await?
                    || reminders::has_old(db, now).await?
                    || idempotency::has_old(db, now).await?,
            )
        })
        .await?;
    if old {
        app.store
            .write(async |tx| {
                tasks::prune(tx, now, MOST).await?;
                reminders::prune(tx, now, MOST).await?;
                idempotency::prune(tx, now, MOST).await
            })
            .await?;
    }
    Ok(Response::new(Bytes::new()))
}
