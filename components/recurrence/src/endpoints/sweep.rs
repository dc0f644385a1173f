//! `POST /sweep-recurrence`: the cron binding's tick.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_telemetry::Trouble;
use http::Response;

/// Looks for events that no delivery brought, and asks for what a kill or an outage
/// left. Takes no input, is bounded, and may run beside itself.
pub(crate) async fn sweep<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    let swept = app.subscriber.sweep().await?;
    swept.tell(&app.logger);
    app.asker.sweep().await?;
    let troubles: Vec<Trouble> = swept.trouble().into_iter().collect();
    app.subscriber
        .tell_health("recurrence", &troubles, &app.logger)
        .await;
    Ok(Response::new(Bytes::new()))
}
