//! `POST /sweep-notifier`: the cron binding's tick.

use crate::{
    app::App,
    storage::memory::{has_old, prune},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_telemetry::Trouble;
use http::Response;

/// How many old rows of each kind one sweep forgets at most.
const MOST: u32 = 500;

/// Looks for events that no delivery brought, publishes what a crash left in the
/// outbox, and forgets what is old. Takes no input, is bounded, and may run beside
/// itself.
pub(crate) async fn sweep<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let swept = app.subscriber.sweep().await?;
    swept.tell(&app.logger);
    duebell_publisher::sweep(&app.relay, &app.logger).await?;
    let now = app.clock.now().timestamp_millis();
    if app.store.read(async |db| has_old(db, now).await).await? {
        app.store
            .write(async |tx| prune(tx, now, MOST).await)
            .await?;
    }
    let troubles = [swept.trouble(), app.relay.trouble().await?];
    let troubles: Vec<Trouble> = troubles.into_iter().flatten().collect();
    app.subscriber
        .tell_health("notifier", &troubles, &app.logger)
        .await;
    Ok(Response::new(Bytes::new()))
}
