//! The server: connections in, requests to components, answers out.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use miette::{IntoDiagnostic, WrapErr, miette};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wasmtime_wasi_http::WasiBody;

use super::body::{self, RequestBody};
use super::request_headers::{self, Matched};
use super::router::{Destination, Router};
use super::well_known::{self, Readiness};
use crate::app::App;
use crate::grip::{Grip, is_websocket};
use crate::limits::Limits;
use crate::manifest::Manifest;

pub use super::well_known::SIDECAR_HEADER;

/// The most connections at once. Each has one request at a time.
const MAX_CONNECTIONS: usize = 10_000;

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the head of a request may be, in bytes.
const MOST_HEAD: usize = 64 * 1024;

/// The app's server. It answers from the first moment, with 503 until the
/// components are there.
pub struct Server {
    router: Router,
    info: String,
    readiness: Readiness,
    app: OnceLock<Arc<App>>,
    /// Holds WebSockets, if the app takes them.
    grip: Option<Arc<Grip>>,
    limits: Limits,
}

/// Opens a port; `option` is what chooses another one.
///
/// # Errors
///
/// When the port is in use, or not ours to open.
pub async fn bind(address: SocketAddr, option: &str) -> miette::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let next = SocketAddr::new(address.ip(), address.port().checked_add(1).unwrap_or(0));
            Err(miette!(
                help = format!("Stop what listens there, or take another: `{option} {next}`"),
                "the address {address} is in use"
            ))
        }
        Err(error) => Err(error)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot listen on {address}")),
    }
}

impl Server {
    /// The server of an app whose components are still to come.
    pub fn new(manifest: &Manifest, grip: Option<Arc<Grip>>, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            grip,
            limits,
            router: Router::new(manifest),
            info: well_known::info(&manifest.name, manifest.version.as_deref()),
            readiness: Readiness::default(),
            app: OnceLock::new(),
        })
    }

    /// From now on requests go to the components, and the sidecar finds the app
    /// healthy.
    pub fn set_app(&self, app: Arc<App>) {
        let _ = self.app.set(app);
        self.readiness.loaded.store(true, Ordering::Release);
    }

    /// From now on everybody finds the app healthy.
    pub fn set_ready(&self) {
        self.readiness.complete.store(true, Ordering::Release);
    }

    /// Serves until `stop`, and then until the requests under way are answered.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, stop: CancellationToken) {
        let connections = TaskTracker::new();
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                accepted = accept(&listener, &room) => accepted,
                () = stop.cancelled() => break,
            };
            let (stream, client, place) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection");
                    // Out of files, most likely: others must close first.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let _ = stream.set_nodelay(true);
            let server = self.clone();
            let service = service_fn(move |request| {
                let server = server.clone();
                async move { Ok::<_, Infallible>(server.take(request, client).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .max_buf_size(MOST_HEAD)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            let stop = stop.clone();
            connections.spawn(async move {
                let mut connection = pin!(connection);
                let ended = tokio::select! {
                    ended = connection.as_mut() => ended,
                    () = stop.cancelled() => {
                        connection.as_mut().graceful_shutdown();
                        connection.await
                    }
                };
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                drop(place);
            });
        }
        drop(listener);
        connections.close();
        connections.wait().await;
    }

    async fn take(
        self: Arc<Self>,
        request: Request<Incoming>,
        client: SocketAddr,
    ) -> Response<WasiBody> {
        match &self.grip {
            Some(grip) if is_websocket(&request) => {
                let server = self.clone();
                let app = move |request| {
                    let server = server.clone();
                    Box::pin(async move { server.answer(request, client).await }) as _
                };
                grip.open(request, Arc::new(app)).await
            }
            _ => self.answer(wrap(request), client).await,
        }
    }

    async fn answer(
        &self,
        mut request: Request<WasiBody>,
        client: SocketAddr,
    ) -> Response<WasiBody> {
        let path = request.uri().path();
        if let Some(response) =
            well_known::answer(path, request.headers(), &self.readiness, &self.info)
        {
            return response;
        }
        let Some(found) = self.router.find(path) else {
            return body::answer(StatusCode::NOT_FOUND, None, "");
        };
        let id = match &found.entry.target {
            Destination::Static(answer) => {
                let mut response = Response::new(body::whole(answer.body.clone()));
                *response.status_mut() = answer.status;
                *response.headers_mut() = answer.headers.clone();
                return response;
            }
            Destination::Component(id) => id,
        };
        let Some(handler) = self.app.get().and_then(|app| app.component(id)) else {
            return well_known::starting();
        };
        let uri = match request_headers::absolute(&request) {
            Ok(uri) => uri,
            Err(fault) => {
                return body::answer(StatusCode::BAD_REQUEST, Some("text/plain"), fault);
            }
        };
        let matched = Matched::by_route(&found);
        *request.uri_mut() = uri;
        matched.apply(&mut request, client);
        let came = Instant::now();
        let length = http_body::Body::size_hint(request.body()).lower();
        if self.limits.body.is_some_and(|most| length > most) {
            return body::answer(StatusCode::PAYLOAD_TOO_LARGE, None, "");
        }
        let request = request.map(|body| self.limits.bound(body, came));
        match handler.handle(request).await {
            Some(response) => response.map(|body| self.limits.bound(body, came)),
            None => body::answer(StatusCode::INTERNAL_SERVER_ERROR, None, ""),
        }
    }
}

/// A body that nobody reads is read all the same, within bounds.
fn wrap(request: Request<Incoming>) -> Request<WasiBody> {
    let expects_continue =
        request.headers().get(header::EXPECT) == Some(&HeaderValue::from_static("100-continue"));
    request.map(|incoming| RequestBody::new(incoming, expects_continue).boxed_unsync())
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = room
        .clone()
        .acquire_owned()
        .await
        .map_err(std::io::Error::other)?;
    let (stream, client) = listener.accept().await?;
    Ok((stream, client, place))
}
