//! What listens: the routes of spin.toml, on axum.

use crate::{
    manifest::{Manifest, StaticResponse, Trigger},
    serving::{Handle, whole},
};
use anyhow::{Context, bail};
use axum::{
    Router,
    body::Body,
    handler::Handler,
    routing::{any, get},
    serve::ListenerExt,
};
use duebell_edge::most_body;
use duebell_service::Problem;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::{collections::BTreeMap, sync::Arc};
use tokio::net::TcpListener;

/// Where Spin, and so the sidecar, finds out that the service is there.
const HEALTH: &str = "/.well-known/spin/health";

/// The end of a route that stands for all that begins like it.
const ANYTHING: &str = "/...";

/// The manifest's routes, whose components `start` starts, each once.
pub(crate) fn router(
    manifest: Manifest,
    token: &Arc<str>,
    start: impl Fn(&str) -> anyhow::Result<Handle>,
) -> anyhow::Result<Router> {
    let mut started: BTreeMap<String, Handle> = BTreeMap::new();
    let mut router = Router::new().route(HEALTH, get(async || "OK"));
    for Trigger {
        route,
        component,
        static_response,
    } in manifest.triggers()
    {
        router = match (component, static_response) {
            (Some(id), None) => {
                let component = match started.get(&id) {
                    Some(component) => component.clone(),
                    None => started.entry(id.clone()).or_insert(start(&id)?).clone(),
                };
                let token = Arc::clone(token);
                let ask = move |request| ask(component.clone(), Arc::clone(&token), request);
                add(router, &route, ask)
            }
            (None, Some(response)) => {
                let response = fixed(response)
                    .with_context(|| format!("spin.toml's answer for {route} is none"))?;
                add(router, &route, async move || response.clone())
            }
            _ => bail!("spin.toml says of {route} neither one component nor one answer"),
        };
    }
    Ok(router)
}

/// Accepts connections until that fails.
pub(crate) async fn serve(listener: TcpListener, router: Router) -> std::io::Result<()> {
    let listener = listener.tap_io(|stream| {
        // Without it, small answers are only slower.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await
}

/// Adds a route as Spin understands it: `/a/...` is `/a` and all below.
fn add<T: 'static>(router: Router, route: &str, handler: impl Handler<T, ()>) -> Router {
    match route.strip_suffix(ANYTHING) {
        None => router.route(route, any(handler)),
        Some(start) => router
            .route(start, any(handler.clone()))
            .route(&format!("{start}/"), any(handler.clone()))
            .route(&format!("{start}/{{*rest}}"), any(handler)),
    }
}

/// Has a component answer.
async fn ask(component: Handle, token: Arc<str>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let most = most_body(&head.headers, &token);
    let body = match Limited::new(body, most).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            let problem = if error.is::<LengthLimitError>() {
                Problem::body_too_large(most)
            } else {
                Problem::malformed_json("The body broke off: send it again.")
            };
            return whole(problem.into_response());
        }
    };
    let request = Request::from_parts(head, body);
    let answer = component.ask(request).await;
    answer.unwrap_or_else(|| whole(Problem::internal().into_response()))
}

fn fixed(response: StaticResponse) -> anyhow::Result<Response<String>> {
    let mut builder = Response::builder().status(StatusCode::from_u16(response.status_code)?);
    for (name, value) in response.headers {
        builder = builder.header(name, value);
    }
    Ok(builder.body(response.body)?)
}
