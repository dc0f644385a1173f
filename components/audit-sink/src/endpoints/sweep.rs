//! `POST /sweep-audit-sink`: the cron binding's tick.

use crate::{
    app::App,
    checkpoints::{Made, make_if_due},
    storage::trees::{has_old, prune},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_telemetry::Trouble;
use http::Response;

/// How many parts of old trees one sweep forgets at most: each is some 60 KB.
const MOST: u32 = 20;

/// Looks for events that no delivery brought, publishes what a crash left in the outbox,
/// makes a checkpoint if one is due, and forgets what is old. Takes no input, and may run
/// beside itself.
pub(crate) async fn sweep<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    let swept = app.subscriber.sweep().await?;
    swept.tell(&app.logger);
    duebell_publisher::sweep(&app.relay, &app.logger).await?;
    if let Some(checkpoints) = &app.checkpoints
        && let Made::Checkpoint(number) = make_if_due(app, checkpoints).await?
    {
        let fields = [("number", number.into())];
        app.logger.info("a checkpoint was made", &fields);
    }
    if app.store.read(async |db| has_old(db).await).await? {
        app.store.write(async |tx| prune(tx, MOST).await).await?;
    }
    let troubles = [swept.trouble(), app.relay.trouble().await?];
    let troubles: Vec<Trouble> = troubles.into_iter().flatten().collect();
    app.subscriber
        .tell_health("audit-sink", &troubles, &app.logger)
        .await;
    Ok(Response::new(Bytes::new()))
}
