//! `POST /sweep-audit-sink`: the cron binding's tick.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use http::Response;

/// Looks for events that no delivery brought. Takes no input, is bounded, and
/// may run beside itself.
pub(crate) async fn sweep<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    app.subscriber.sweep().await?.tell(&app.logger);
    Ok(Response::new(Bytes::new()))
}
