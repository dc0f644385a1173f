//! `POST /sweep-live-updates`: the cron binding's tick.

use crate::app::App;
use bytes::Bytes;
use chrono::DateTime;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_telemetry::Trouble;
use duebell_updates::broadcasts;
use duebell_updates::log::{KEPT_FOR, has_older, prune};
use http::Response;

/// Among how many of the oldest updates one sweep forgets those that are old.
const MOST: u32 = 1_000;

/// How long an update may wait to be broadcast before that is worth a word, in
/// milliseconds.
const LATE: i64 = 5_000;

/// Looks for updates that no delivery brought, broadcasts what was not, and forgets
/// what is old. Takes no input, is bounded, and may run beside itself.
pub(crate) async fn sweep<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    let swept = app.subscriber.sweep().await?;
    swept.tell(&app.logger);
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
    let troubles = [swept.trouble(), unheard(app).await?];
    let troubles: Vec<Trouble> = troubles.into_iter().flatten().collect();
    app.subscriber
        .tell_health("live-updates", &troubles, &app.logger)
        .await;
    Ok(Response::new(Bytes::new()))
}

/// What is wrong with the broadcasts.
async fn unheard<T: Transport>(app: &App<T>) -> Result<Option<Trouble>, Failure> {
    let now = app.clock.now().timestamp_millis();
    let waiting = app
        .store
        .read(async |db| broadcasts::waiting(db, now).await)
        .await?;
    Ok(waiting
        .filter(|since| now - since > LATE)
        .map(|since| Trouble {
            since: DateTime::from_timestamp_millis(since),
            detail: "WebSockets are not told what changes: their proxy takes no broadcasts. See grip_url and grip_key, and \"the proxy of the WebSockets took no broadcast\" in the component's log.",
        }))
}
