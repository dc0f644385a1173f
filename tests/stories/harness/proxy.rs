//! A proxy between sidecar and app that loses deliveries.

use super::forward::{self, Body, Forward};
use bytes::Bytes;
use hyper::{Request, Response};
use std::sync::{Arc, Mutex};

/// Which deliveries are answered as done and never made: those to a path that
/// begins like this, whose body holds this text.
#[derive(Clone, Default)]
pub(crate) struct Proxy {
    swallow: Arc<Mutex<Vec<(String, String)>>>,
    swallowed: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Passes on what comes to the app at port `to`. Says where it listens.
    pub(crate) async fn in_front_of(&self, to: u16) -> u16 {
        let (proxy, forward) = (self.clone(), Forward::default());
        forward::listen(move |request: Request<Bytes>| {
            let (proxy, forward) = (proxy.clone(), forward.clone());
            async move {
                match proxy.swallowing(request.uri().path(), request.body()) {
                    Some(answer) => answer,
                    None => forward.to(to, request).await,
                }
            }
        })
        .await
    }

    /// Swallows every delivery to a path that begins like this and whose body holds
    /// this text, from now on.
    pub(crate) fn swallow(&self, path: &str, text: &str) {
        let wanted = (path.to_owned(), text.to_owned());
        self.swallow.lock().unwrap().push(wanted);
    }

    /// The texts that were in deliveries that were swallowed.
    pub(crate) fn swallowed(&self) -> Vec<String> {
        self.swallowed.lock().unwrap().clone()
    }

    /// The answer to a delivery that is not to arrive: all of it is done.
    fn swallowing(&self, path: &str, body: &[u8]) -> Option<Response<Body>> {
        let text = String::from_utf8_lossy(body).into_owned();
        let wanted = self.swallow.lock().unwrap().clone();
        let found: Vec<String> = wanted
            .into_iter()
            .filter(|(start, wanted)| path.starts_with(start) && text.contains(wanted))
            .map(|(_, wanted)| wanted)
            .collect();
        if found.is_empty() {
            return None;
        }
        self.swallowed.lock().unwrap().extend(found);
        let delivery: serde_json::Value = serde_json::from_str(&text).ok()?;
        let statuses: Vec<_> = delivery["entries"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|entry| serde_json::json!({"entryId": entry["entryId"], "status": "SUCCESS"}))
            .collect();
        let done = serde_json::json!({ "statuses": statuses }).to_string();
        let answer = Response::builder().header("content-type", "application/json");
        Some(answer.body(forward::whole(done)).unwrap())
    }
}
