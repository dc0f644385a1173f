//! A proxy between sidecar and app that loses deliveries.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

/// Which deliveries are answered as done and never made: those to a path that
/// begins like this, whose body holds this text.
#[derive(Clone)]
pub(crate) struct Proxy {
    port: u16,
    swallow: Arc<Mutex<Vec<(String, String)>>>,
    swallowed: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Passes on what comes to the app at port `to`.
    pub(crate) async fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            swallow: Arc::default(),
            swallowed: Arc::default(),
        };
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        let running = proxy.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (proxy, client) = (running.clone(), client.clone());
                tokio::spawn(async move {
                    let service = service_fn(|request| proxy.answer(&client, to, request));
                    // The sidecar may close whenever it likes.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        proxy
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
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

    async fn answer(
        &self,
        client: &hyper_util::client::legacy::Client<
            hyper_util::client::legacy::connect::HttpConnector,
            Full<Bytes>,
        >,
        to: u16,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (parts, body) = request.into_parts();
        let body = body
            .collect()
            .await
            .map(|body| body.to_bytes())
            .unwrap_or_default();
        if let Some(answer) = self.swallowing(parts.uri.path(), &body) {
            return Ok(answer);
        }
        let mut onward = Request::builder()
            .method(parts.method)
            .uri(format!("http://127.0.0.1:{to}{}", parts.uri));
        for (name, value) in &parts.headers {
            if name != "transfer-encoding" && name != "content-length" && name != "host" {
                onward = onward.header(name, value);
            }
        }
        let answer = client.request(onward.body(Full::new(body)).unwrap()).await;
        let Ok(answer) = answer else {
            return Ok(Response::builder()
                .status(502)
                .body(Full::default())
                .unwrap());
        };
        let (parts, body) = answer.into_parts();
        let body = body
            .collect()
            .await
            .map(|body| body.to_bytes())
            .unwrap_or_default();
        Ok(Response::from_parts(parts, Full::new(body)))
    }

    /// The answer to a delivery that is not to arrive: all of it is done.
    fn swallowing(&self, path: &str, body: &[u8]) -> Option<Response<Full<Bytes>>> {
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
        let answer = serde_json::json!({ "statuses": statuses }).to_string();
        Some(
            Response::builder()
                .header("content-type", "application/json")
                .body(Full::new(Bytes::from(answer)))
                .unwrap(),
        )
    }
}
