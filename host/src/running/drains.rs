//! Telling components that the host is about to stop, as far as spin.toml asks for it:
//! what goes on for long has to be told, or it is cut off.

use std::net::SocketAddr;
use std::time::Duration;

use http::{Method, Request};

use super::reachable;
use crate::app::App;
use crate::http::body::whole;
use crate::manifest::Manifest;
use crate::state::Secrets;

/// How long a component may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// A component, and the path that is posted to.
pub(super) struct Drain {
    component: String,
    path: String,
}

/// What spin.toml asks for.
pub(super) fn of(manifest: &Manifest) -> Vec<Drain> {
    let components = manifest.components.iter();
    components
        .filter_map(|(id, component)| {
            Some(Drain {
                component: id.clone(),
                path: component.drain.clone()?,
            })
        })
        .collect()
}

/// Posts to each, with the app's token, as whoever drains a real Spin does.
pub(super) async fn ask(app: &App, drains: &[Drain], address: SocketAddr, secrets: &Secrets) {
    for drain in drains {
        let Some(handler) = app.component(&drain.component) else {
            continue;
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("http://{}{}", reachable(address), drain.path))
            .header("dapr-api-token", &secrets.app_api_token)
            .body(whole(""));
        let Ok(request) = request else {
            continue;
        };
        let answer = tokio::time::timeout(PATIENCE, handler.handle(request)).await;
        let status = answer.ok().flatten().map(|answer| answer.status());
        if !status.is_some_and(|status| status.is_success()) {
            tracing::warn!(
                "component `{}` was not drained: {} answered {}",
                drain.component,
                drain.path,
                status.map_or("nothing".to_owned(), |status| status.to_string())
            );
        }
    }
}
