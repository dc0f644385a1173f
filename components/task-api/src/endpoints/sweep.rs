//! `POST /sweep-task-api`: the cron binding's tick.

use crate::{
    app::App,
    endpoints::tell_health,
    storage::{health, idempotency, reminders, tasks},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_telemetry::Report;
use http::Response;

/// The component's id.
pub(crate) const ID: &str = "task-api";

/// How many old rows of each kind one sweep forgets at most.
const MOST: u32 = 200;

/// Goes on with erasures, publishes what a crash left in the outbox, notes that it did,
/// and forgets what is old. Takes no input, is bounded, and may run beside itself.
pub(crate) async fn sweep<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    app.eraser.sweep().await?;
    duebell_publisher::sweep(&app.relay, &app.logger).await?;
    tell_health::keep(app, ID, &Report::default()).await?;
    let now = app.clock.now();
    let old = app
        .store
        .read(async |db| {
            Ok::<_, duebell_store::Error>(
                tasks::has_old(db, now).await?
                    || reminders::has_old(db, now).await?
                    || idempotency::has_old(db, now).await?
                    || health::has_old(db, now.timestamp_millis()).await?,
            )
        })
        .await?;
    if old {
        app.store
            .write(async |tx| {
                tasks::prune(tx, now, MOST).await?;
                reminders::prune(tx, now, MOST).await?;
                health::prune(tx, now.timestamp_millis()).await?;
                idempotency::prune(tx, now, MOST).await
            })
            .await?;
    }
    Ok(Response::new(Bytes::new()))
}
