//! Telling components what happens to the host, as far as spin.toml asks for it: that it is
//! about to stop, since what goes on for long is cut off otherwise, and that the databases
//! are those of a backup.

use std::net::SocketAddr;
use std::time::Duration;

use http::{Method, Request};

use super::reachable;
use crate::app::App;
use crate::http::body::whole;
use crate::manifest::{Component, Manifest};
use crate::state::Secrets;

/// How long a component may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// A component, and the path that is posted to.
pub(super) struct Notice {
    component: String,
    path: String,
}

/// Who wants to know, by what spin.toml says of each component.
pub(super) fn of(manifest: &Manifest, path: impl Fn(&Component) -> Option<&String>) -> Vec<Notice> {
    let components = manifest.components.iter();
    components
        .filter_map(|(id, component)| {
            Some(Notice {
                component: id.clone(),
                path: path(component)?.clone(),
            })
        })
        .collect()
}

/// Posts to each, with the app's token, as whoever operates a real Spin does. Says whether
/// all know.
pub(super) async fn tell(
    app: &App,
    notices: &[Notice],
    address: SocketAddr,
    secrets: &Secrets,
) -> bool {
    let mut all = true;
    for notice in notices {
        let Some(handler) = app.component(&notice.component) else {
            continue;
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("http://{}{}", reachable(address), notice.path))
            .header("dapr-api-token", &secrets.app_api_token)
            .body(whole(""));
        let Ok(request) = request else {
            continue;
        };
        let answer = tokio::time::timeout(PATIENCE, handler.handle(request)).await;
        let status = answer.ok().flatten().map(|answer| answer.status());
        if !status.is_some_and(|status| status.is_success()) {
            all = false;
            tracing::warn!(
                "component `{}` was not told: {} answered {}",
                notice.component,
                notice.path,
                status.map_or("nothing".to_owned(), |status| status.to_string())
            );
        }
    }
    all
}
