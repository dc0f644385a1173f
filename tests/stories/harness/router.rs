//! One address for an app that is in parts: as an ingress has it, by spin.toml's routes.

use super::{forward, forward::Forward, project};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Passes requests on to the component that spin.toml names for their path: one of
/// these, by id and port. Says where it listens.
pub(super) async fn start(components: Vec<(String, u16)>) -> u16 {
    let routes = routes(&components);
    let forward = Forward::default();
    forward::listen(move |request| {
        let (routes, forward) = (routes.clone(), forward.clone());
        async move {
            match target(&routes, request.uri().path()) {
                Some(port) => forward.to(port, request).await,
                None => {
                    let mut answer = hyper::Response::new(forward::whole(""));
                    *answer.status_mut() = hyper::StatusCode::NOT_FOUND;
                    answer
                }
            }
        }
    })
    .await
}

/// Passes requests on to these ports in turn, and to the next where nobody listens. Says
/// where it listens.
pub(super) async fn balance(ports: Vec<u16>) -> u16 {
    let (forward, turn) = (Forward::default(), Arc::new(AtomicUsize::new(0)));
    forward::listen(move |request| {
        let (forward, mut ports) = (forward.clone(), ports.clone());
        let first = turn.fetch_add(1, Ordering::Relaxed) % ports.len();
        ports.rotate_left(first);
        async move { forward.to_any(&ports, request).await }
    })
    .await
}

/// Routes of spin.toml with the ports of their components.
fn routes(components: &[(String, u16)]) -> Vec<(String, u16)> {
    let text = std::fs::read_to_string(project().join("spin.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&text).unwrap();
    let triggers = manifest["trigger"]["http"].as_array().unwrap();
    triggers
        .iter()
        .filter_map(|trigger| {
            let id = trigger.get("component")?.as_str()?;
            let (_, port) = components.iter().find(|(known, _)| known == id)?;
            Some((trigger["route"].as_str()?.to_owned(), *port))
        })
        .collect()
}

/// The longest route wins.
fn target(routes: &[(String, u16)], path: &str) -> Option<u16> {
    routes
        .iter()
        .filter(|(route, _)| match route.strip_suffix("/...") {
            Some(start) => path
                .strip_prefix(start)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            None => route == path,
        })
        .max_by_key(|(route, _)| route.len())
        .map(|(_, port)| *port)
}
