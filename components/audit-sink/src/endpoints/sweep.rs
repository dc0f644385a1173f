//! `POST /sweep-audit-sink`: the cron binding's tick.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use http::Response;

/// Looks for events that no delivery brought. Takes no input, is bounded, and
/// may run beside itself.
pub(crate) async fn sweep<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let swept = app.subscriber.sweep().await?;
    if swept.healed > 0 {
        app.logger.warn(
            "events were missing and have been fetched",
            &[("events", swept.healed.into())],
        );
    }
    for why in swept.unavailable {
        app.logger
            .warn("a publisher could not be asked", &[("why", why.into())]);
    }
    Ok(Response::new(Bytes::new()))
}
