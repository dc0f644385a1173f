//! A scrape: what the host and the sidecar count, and what components say.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use prometheus::{Registry, TextEncoder};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::HostMetrics;
use super::families::Families;
use crate::app::App;
use crate::grip::Grip;
use crate::http::body::whole;
use crate::http::plain;
use crate::manifest::Manifest;
use crate::sidecar::SidecarMetrics;

/// The media type of the text (Prometheus, "Exposition formats", basic info).
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How long a component may take to answer. Prometheus itself waits for ten seconds.
const PATIENCE: Duration = Duration::from_secs(4);

/// The longest answer of a component, in bytes.
const MOST: usize = 4 * 1024 * 1024;

/// Everybody who has metrics.
pub struct Scrape {
    host: HostMetrics,
    sidecar: Option<SidecarMetrics>,
    grip: Option<Arc<Grip>>,
    app: Arc<App>,
    /// The components that have any, and where.
    paths: Vec<(String, String)>,
    /// Where the app is, and what it wants to see.
    address: SocketAddr,
    app_api_token: String,
}

impl Scrape {
    /// All that this app has, which is at this address and wants to see this token.
    pub fn new(
        manifest: &Manifest,
        app: Arc<App>,
        host: HostMetrics,
        sidecar: Option<SidecarMetrics>,
        grip: Option<Arc<Grip>>,
        address: SocketAddr,
        app_api_token: &str,
    ) -> Arc<Self> {
        let components = manifest.components.iter();
        Arc::new(Self {
            host,
            sidecar,
            grip,
            app,
            paths: components
                .filter_map(|(id, component)| Some((id.clone(), component.metrics.clone()?)))
                .collect(),
            address,
            app_api_token: app_api_token.to_owned(),
        })
    }

    /// Answers `GET /metrics`, until it stops.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, stop: CancellationToken) {
        plain::serve(listener, stop, "the metrics", move |request| {
            let scrape = self.clone();
            let (method, path) = (request.method().clone(), request.uri().path().to_owned());
            async move { scrape.answer(&method, &path).await }
        })
        .await;
    }

    async fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        let (status, text) = match (method, path) {
            (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, self.text().await),
            (_, "/metrics") => (StatusCode::METHOD_NOT_ALLOWED, String::new()),
            _ => (
                StatusCode::NOT_FOUND,
                "The metrics are at /metrics.\n".to_owned(),
            ),
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        response
    }

    async fn text(&self) -> String {
        let asked = self.paths.iter().map(|(id, path)| self.ask(id, path));
        let answers = join_all(asked).await;
        let mut families = Families::default();
        families.add("# HELP duebell_component_up Whether a component gave its metrics.\n# TYPE duebell_component_up gauge");
        for ((id, path), answer) in self.paths.iter().zip(answers) {
            let is_up = u8::from(answer.is_ok());
            families.add(&format!(
                "duebell_component_up{{component=\"{id}\"}} {is_up}"
            ));
            match answer {
                Ok(text) => families.add(&text),
                Err(why) => tracing::warn!("component `{id}` gave no metrics at {path}: {why}"),
            }
        }
        if let Some(grip) = &self.grip {
            families.add(&format!(
                "# HELP duebell_grip_connections WebSockets that the embedded GRIP proxy holds.\n# TYPE duebell_grip_connections gauge\nduebell_grip_connections {}",
                grip.connections()
            ));
        }
        families.add(&encoded(&self.host.registry));
        if let Some(sidecar) = &self.sidecar {
            sidecar.look().await;
            families.add(&encoded(sidecar.registry()));
        }
        families.into_text()
    }

    /// Asks a component.
    async fn ask(&self, id: &str, path: &str) -> Result<String, String> {
        let handler = self.app.component(id).ok_or("it does not run")?;
        let request = Request::get(format!("http://{}{path}", self.address))
            .header("dapr-api-token", &self.app_api_token)
            .body(whole(""))
            .map_err(|error| error.to_string())?;
        let answer = async {
            let answer = handler.handle(request).await.ok_or("it failed")?;
            if !answer.status().is_success() {
                return Err(format!("it answered {}", answer.status()));
            }
            let body = Limited::new(answer.into_body(), MOST).collect().await;
            let body = body.map_err(|error| error.to_string())?.to_bytes();
            String::from_utf8(body.to_vec()).map_err(|error| error.to_string())
        };
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        answer.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))?
    }
}

fn encoded(registry: &Registry) -> String {
    let families = registry.gather();
    // What was registered can be written.
    TextEncoder::new()
        .encode_to_string(&families)
        .unwrap_or_default()
}
