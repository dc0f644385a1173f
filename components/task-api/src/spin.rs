//! The edge: Spin's request in, Spin's answer out.

use crate::{App, COMPONENTS, Parts};
use duebell_callers::spin::access;
use duebell_dapr::{Sidecar, SpinTransport};
use duebell_edge::spin::{Slot, database, logger, once, serve, sleep, spawn, variable};
use duebell_service::{Clock, SystemClock, SystemEntropy, body::MAX_BODY};
use spin_sdk::http::{IntoResponse, Request};
use std::{collections::BTreeMap, rc::Rc, time::Duration};

/// How long the sidecar may take: the relay counts on it.
const SIDECAR: Duration = Duration::from_secs(4);

/// How long a component may take to erase a user; it is asked again.
const ERASURE: Duration = Duration::from_secs(20);

thread_local! {
    static APP: Slot<App<SpinTransport>> = const { Slot::new() };
}

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let app = once(&APP, make()).await;
    serve(
        "task-api",
        app,
        request,
        |_, _| MAX_BODY,
        async |app, request| app.handle(request).await,
    )
    .await
}

async fn make() -> Result<App<SpinTransport>, String> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let token = Some(variable("dapr_api_token").await?).filter(|token| !token.is_empty());
    let sidecar = Sidecar::new(
        &variable("dapr_url").await?,
        token,
        SpinTransport { timeout: SIDECAR },
    );
    let mut components = BTreeMap::new();
    for id in COMPONENTS {
        let name = format!("{}_url", id.replace('-', "_"));
        components.insert((*id).to_owned(), variable(&name).await?);
    }
    let parts = Parts {
        access: access("task-api").await?,
        app_api_token: variable("app_api_token").await?,
        sidecar: Rc::new(sidecar),
        components,
        transport: SpinTransport { timeout: ERASURE },
        logger: logger("task-api", &clock).await?,
        clock,
        entropy: Rc::new(SystemEntropy),
        spawn: spawn(),
        sleep: sleep(),
    };
    App::new(database("tasks").await?, parts).map_err(|error| error.to_string())
}
