//! `POST /sweep-reminder-trigger`: the cron binding's tick, and the second alarm
//! clock.

use crate::{
    app::App,
    ringing::ring_overdue,
    storage::reminders::{has_old, prune},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use http::Response;

/// How many old rows one sweep forgets at most.
const MOST: u32 = 500;

/// Rings what is overdue, publishes it, arms again what the scheduler was not told
/// or forgot, and looks for events that no delivery brought. Takes no input, is
/// bounded, and may run beside itself. No job is needed for it to be right.
pub(crate) async fn sweep<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    app.subscriber.sweep().await?.tell(&app.logger);
    ring_overdue(&app.store, &*app.clock).await?;
    duebell_publisher::sweep(&app.relay, &app.logger).await?;
    app.armer.sweep(&app.logger).await?;
    let now = app.clock.now().timestamp_millis();
    if app.store.read(async |db| has_old(db, now).await).await? {
        app.store
            .write(async |tx| prune(tx, now, MOST).await)
            .await?;
    }
    Ok(Response::new(Bytes::new()))
}
