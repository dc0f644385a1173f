//! A component's calls to the outside: allowed or denied, chained or sent.

mod allow_list;
pub mod chaining;
mod client;

use std::sync::Arc;

use http::{Request, Response};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

pub use self::allow_list::AllowList;
pub use self::client::OutboundClient;
use crate::app::AppHandle;
use crate::metrics::HostMetrics;

/// What one component may do outside.
#[derive(Clone)]
pub struct Outbound {
    inner: Arc<Inner>,
}

struct Inner {
    component: String,
    allowed: Arc<AllowList>,
    client: OutboundClient,
    app: AppHandle,
    metrics: HostMetrics,
}

impl Outbound {
    pub(crate) fn new(
        component: &str,
        allowed: Arc<AllowList>,
        client: OutboundClient,
        app: AppHandle,
        metrics: HostMetrics,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                component: component.to_owned(),
                allowed,
                client,
                app,
                metrics,
            }),
        }
    }
}

impl Inner {
    /// Sends a request, and counts what comes of it.
    async fn send(
        &self,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        let chained = chaining::target(request.uri()).is_some();
        let answer = self.dispatch(request, options).await;
        let outcome = match &answer {
            Ok(_) => "answered",
            Err(Error::HttpRequestDenied) => "denied",
            Err(_) => "failed",
        };
        self.metrics.outbound(&self.component, chained, outcome);
        answer
    }

    async fn dispatch(
        &self,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        if !self.allowed.allows(request.uri()) {
            let uri = request.uri();
            let origin = format!(
                "{}://{}",
                uri.scheme_str().unwrap_or_default(),
                uri.authority()
                    .map(http::uri::Authority::as_str)
                    .unwrap_or_default()
            );
            tracing::warn!(
                "component `{id}` called {origin}, which it may not. To allow it, add \"{origin}\" to allowed_outbound_hosts of [component.{id}] in spin.toml",
                id = self.component
            );
            return Err(Error::HttpRequestDenied);
        }
        if chaining::target(request.uri()).is_some() {
            return chaining::dispatch(&self.app, request).await;
        }
        self.client.send(request, options).await
    }
}

type Processed = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Processed,
    ) -> Box<dyn Future<Output = Result<(Response<WasiBody>, Processed), Error>> + Send> {
        let inner = self.inner.clone();
        Box::new(async move {
            let response = inner.send(request, options.unwrap_or_default()).await?;
            // The connection is the pool's: there is nothing left to drive.
            let done: Processed = Box::new(async { Ok(()) });
            Ok((response, done))
        })
    }
}
