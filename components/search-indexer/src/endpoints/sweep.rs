//! `POST /sweep-search-indexer`: the cron binding's tick.

use crate::{app::App, storage::rebuild::is_left};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_telemetry::Trouble;
use http::Response;

/// Looks for events that no delivery brought, and has a rebuild go on that nobody is
/// at. Takes no input, is bounded, and may run beside itself.
pub(crate) async fn sweep<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    let swept = app.subscriber.sweep().await?;
    swept.tell(&app.logger);
    let now = app.clock.now().timestamp_millis();
    if app.store.read(async |db| is_left(db, now).await).await? {
        app.go_on_rebuilding();
    }
    let troubles: Vec<Trouble> = swept.trouble().into_iter().collect();
    app.subscriber
        .tell_health("search-indexer", &troubles, &app.logger)
        .await;
    Ok(Response::new(Bytes::new()))
}
