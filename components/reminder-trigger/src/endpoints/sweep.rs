//! `POST /sweep-reminder-trigger`: the cron binding's tick, and the second alarm
//! clock.

use crate::{
    app::App,
    ringing::ring_overdue,
    storage::reminders::{has_old, prune, standing},
};
use bytes::Bytes;
use chrono::TimeDelta;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_events::Timestamp;
use duebell_telemetry::Trouble;
use http::Response;

/// What is wrong while the scheduler takes no jobs.
const UNARMED: Trouble = Trouble {
    since: None,
    detail: "The scheduler takes no jobs: reminders ring by the sweep, up to two seconds late. See \"the scheduler could not be told of reminders\" in the component's log.",
};

/// How late a reminder may be before that is worth a word, in milliseconds.
const LATE: i64 = 10_000;

/// How many old rows one sweep forgets at most.
const MOST: u32 = 500;

/// Rings what is overdue, publishes it, arms again what the scheduler was not told
/// or forgot, and looks for events that no delivery brought. Takes no input, is
/// bounded, and may run beside itself. No job is needed for it to be right.
pub(crate) async fn sweep<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    let swept = app.subscriber.sweep().await?;
    swept.tell(&app.logger);
    ring_overdue(&app.store, &*app.clock).await?;
    duebell_publisher::sweep(&app.relay, &app.logger).await?;
    let is_armed = app.armer.sweep(&app.logger).await?;
    let now = app.clock.now().timestamp_millis();
    if app.store.read(async |db| has_old(db, now).await).await? {
        app.store
            .write(async |tx| prune(tx, now, MOST).await)
            .await?;
    }
    let troubles = [
        swept.trouble(),
        app.relay.trouble().await?,
        late(app).await?,
        (!is_armed).then_some(UNARMED),
    ];
    let troubles: Vec<Trouble> = troubles.into_iter().flatten().collect();
    app.subscriber
        .tell_health("reminder-trigger", &troubles, &app.logger)
        .await;
    Ok(Response::new(Bytes::new()))
}

/// What is wrong with ringing, right after all that is due should have rung.
async fn late<T: Transport>(app: &App<T>) -> Result<Option<Trouble>, Failure> {
    let now = app.clock.now();
    let standing = app
        .store
        .read(async |db| standing(db, Timestamp::from_datetime(now)).await)
        .await?;
    Ok((standing.late > LATE).then(|| Trouble {
        since: Some(now - TimeDelta::milliseconds(standing.late)),
        detail: "Reminders ring late: there are more than one sweep rings, or the database is slow.",
    }))
}
