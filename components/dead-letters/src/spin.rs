//! The edge: Spin's request in, Spin's answer out.

use crate::{App, Parts, SUBSCRIBERS};
use duebell_callers::spin::access;
use duebell_dapr::{Sidecar, SpinTransport};
use duebell_edge::spin::{Slot, database, logger, once, serve, sleep, spawn, variable};
use duebell_service::{Clock, SystemClock, SystemEntropy};
use spin_sdk::http::{IntoResponse, Request};
use std::{collections::BTreeMap, rc::Rc, time::Duration};

/// How long the sidecar may take: the relay counts on it.
const SIDECAR: Duration = Duration::from_secs(4);

/// How long a subscriber may take: a claim counts on it.
const SUBSCRIBER: Duration = Duration::from_secs(10);

thread_local! {
    static APP: Slot<App<SpinTransport>> = const { Slot::new() };
}

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let app = once(&APP, make()).await;
    serve(
        "dead-letters",
        app,
        request,
        App::most_body,
        async |app, request| app.handle(request).await,
    )
    .await
}

async fn make() -> Result<App<SpinTransport>, String> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let mut subscribers = BTreeMap::new();
    for id in SUBSCRIBERS {
        let origin = variable(&format!("{}_url", id.replace('-', "_"))).await?;
        subscribers.insert((*id).to_owned(), origin);
    }
    let token = variable("dapr_api_token").await?;
    let sidecar = Sidecar::new(
        &variable("dapr_url").await?,
        Some(token),
        SpinTransport { timeout: SIDECAR },
    );
    let parts = Parts {
        access: access("dead-letters").await?,
        app_api_token: variable("app_api_token").await?,
        sidecar: Rc::new(sidecar),
        subscribers,
        task_api_url: variable("task_api_url").await?,
        transport: SpinTransport {
            timeout: SUBSCRIBER,
        },
        logger: logger("dead-letters", &clock).await?,
        clock,
        entropy: Rc::new(SystemEntropy),
        spawn: spawn(),
        sleep: sleep(),
    };
    App::new(database("deadletters").await?, parts).map_err(|error| error.to_string())
}
