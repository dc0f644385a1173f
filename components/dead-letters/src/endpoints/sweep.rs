//! `POST /sweep-dead-letters`: the cron binding's tick.

use crate::{
    app::App,
    storage::letters::{has_old, open, prune},
};
use bytes::Bytes;
use chrono::DateTime;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_telemetry::Trouble;
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
    let troubles = [app.relay.trouble().await?, unattended(app).await?];
    let troubles: Vec<Trouble> = troubles.into_iter().flatten().collect();
    app.worker.tell_health(&troubles).await;
    Ok(Response::new(Bytes::new()))
}

/// What waits for an operator.
async fn unattended<T>(app: &App<T>) -> Result<Option<Trouble>, Failure> {
    let open = app.store.read(async |db| open(db).await).await?;
    let waiting = open.iter().filter(|open| open.for_operator);
    Ok(waiting.map(|open| open.since).min().map(|since| Trouble {
        since: DateTime::from_timestamp_millis(since),
        detail: "Events that components gave up wait for an operator: see `duebell dead-letters list`, put right what is wrong, and replay or discard them.",
    }))
}
