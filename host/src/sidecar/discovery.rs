//! Asks the app, once, what it wants delivered.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};

use super::app::{App, CALL_TIMEOUT, Failure, json_headers};
use super::subscriptions::{self, Subscription};

/// How long to wait before asking again after an answer that is none.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// Waits for the app and asks it: `GET /dapr/config`, then `GET /dapr/subscribe`.
/// 404 means that it subscribes to nothing; an answer that cannot be read, too, with
/// a log line. Anything else is asked again: the app may be starting.
pub(crate) async fn discover(app: &App, app_id: &str) -> Vec<Subscription> {
    loop {
        app.until_healthy().await;
        // Nothing in the app's configuration has a meaning here; a real daprd asks.
        let asked = match get(app, app_id, "/dapr/config").await {
            Ok(_) => get(app, app_id, "/dapr/subscribe").await,
            Err(failure) => Err(failure),
        };
        match asked {
            Ok((StatusCode::NOT_FOUND, _)) => return Vec::new(),
            Ok((status, body)) if status.is_success() => match subscriptions::from_app(&body) {
                Ok(subscriptions) => return subscriptions,
                Err(why) => {
                    tracing::error!(
                        why,
                        "the app's answer to GET /dapr/subscribe is no list of subscriptions: it subscribes to nothing"
                    );
                    return Vec::new();
                }
            },
            Ok((status, _)) => {
                tracing::warn!(%status, "the app failed at GET /dapr/subscribe; it is asked again");
                tokio::time::sleep(ASK_AGAIN).await;
            }
            Err(Failure::Unreachable(_)) => {} // until_healthy waits.
            Err(Failure::Broken(why)) => {
                tracing::warn!(
                    why,
                    "the app did not answer what it subscribes to; it is asked again"
                );
                tokio::time::sleep(ASK_AGAIN).await;
            }
        }
    }
}

async fn get(app: &App, app_id: &str, path: &str) -> Result<(StatusCode, Bytes), Failure> {
    let mut headers = json_headers();
    if let Ok(app_id) = HeaderValue::try_from(app_id) {
        headers.insert("dapr-app-id", app_id);
    }
    let answer = app
        .call(Method::GET, path, headers, Bytes::new(), CALL_TIMEOUT)
        .await?;
    Ok((answer.status, answer.body))
}
