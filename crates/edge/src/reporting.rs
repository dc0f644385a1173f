//! Telling how a component is.

use bytes::Bytes;
use duebell_dapr::{TOKEN, Transport};
use duebell_service::Logger;
use duebell_telemetry::Report;
use http::{Request, header};

/// Tells whoever is at `url` how a component is, with the app's token. One who cannot
/// be told misses it: that is how they know.
pub async fn report<T: Transport>(
    transport: &T,
    token: &str,
    url: &str,
    report: &Report,
    logger: &Logger,
) {
    if let Err(why) = put(transport, token, url, report).await {
        logger.debug(
            "nobody could be told how this component is",
            &[("why", why.into())],
        );
    }
}

async fn put<T: Transport>(
    transport: &T,
    token: &str,
    url: &str,
    report: &Report,
) -> Result<(), String> {
    let body = serde_json::to_vec(report).map_err(|error| error.to_string())?;
    let request = Request::put(url)
        .header(TOKEN, token)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body))
        .map_err(|error| error.to_string())?;
    let answer = transport
        .send(request)
        .await
        .map_err(|error| error.to_string())?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(format!("{url} answered {}", answer.status()))
}
