//! The edge: Spin's request in, Spin's answer out; and the exported WIT handler,
//! which leads to the same function as a delivery.

use crate::{App, Parts, Proxy, publishers};
use duebell_dapr::SpinTransport;
use duebell_edge::spin::{Slot, database, grip_key, logger, once, serve, spawn, variable};
use duebell_events::{Event, HandleError, Outcome, TaskUpdateEvent};
use duebell_service::{Clock, SystemClock, SystemEntropy};
use spin_sdk::http::{IntoResponse, Request};
use std::{rc::Rc, time::Duration};

#[expect(
    unsafe_code,
    reason = "the exports of a component, generated from wit/"
)]
mod bindings {
    spin_sdk::wit_bindgen::generate!({
        path: "../../wit",
        world: "live-updates",
        runtime_path: "spin_sdk::wit_bindgen::rt",
        with: { "duebell:events/types@1.0.0": duebell_events::wit::duebell::events::types },
    });
    use super::LiveUpdates;
    export!(LiveUpdates);
}
use bindings::exports::duebell::events::task_update_handler;

/// How long a publisher or the proxy may take.
const PATIENCE: Duration = Duration::from_secs(4);

thread_local! {
    static APP: Slot<App<SpinTransport>> = const { Slot::new() };
}

struct LiveUpdates;

impl task_update_handler::Guest for LiveUpdates {
    async fn handle(event: TaskUpdateEvent) -> Result<Outcome, HandleError> {
        let app = once(&APP, make()).await.map_err(HandleError::Retry)?;
        app.handle_event(Event::Update(event)).await
    }
}

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let app = once(&APP, make()).await;
    serve(
        "live-updates",
        app,
        request,
        App::most_body,
        async |app, request| app.handle(request).await,
    )
    .await
}

async fn make() -> Result<App<SpinTransport>, String> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let origin = variable("grip_url").await?;
    let key = grip_key().await?;
    let logger = logger("live-updates", &clock).await?;
    if key.is_some() == origin.is_empty() {
        logger.warn(
            "nothing is broadcast to WebSockets: set both grip_url and grip_key, or none",
            &[],
        );
    }
    let parts = Parts {
        app_api_token: variable("app_api_token").await?,
        publishers: publishers(
            &variable("task_api_url").await?,
            &variable("notifier_url").await?,
        ),
        proxy: key
            .filter(|_| !origin.is_empty())
            .map(|key| Proxy { origin, key }),
        transport: SpinTransport { timeout: PATIENCE },
        logger,
        clock,
        entropy: Rc::new(SystemEntropy),
        spawn: spawn(),
    };
    App::new(database("updates").await?, parts).map_err(|error| error.to_string())
}
