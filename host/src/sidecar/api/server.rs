//! The server behind the HTTP interface.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::{State, handle};

/// The most connections at once.
const CONNECTIONS: usize = 512;
/// How long a client may take to send its headers, and keep a connection idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);
/// How long requests may go on after the stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `state.stop`, then lets the requests that run end.
pub(crate) async fn serve(listener: TcpListener, state: Arc<State>) {
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = permits.clone().acquire_owned().await else {
            break;
        };
        let stream = tokio::select! {
            () = state.stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection to the sidecar could not be taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        stream.set_nodelay(true).ok();
        let state = state.clone();
        let service = service_fn(move |request| {
            let state = state.clone();
            async move { Ok::<_, Infallible>(handle(&state, request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the sidecar broke");
            }
            drop(permit);
        });
    }
    drop(listener);
    tokio::time::timeout(DRAIN, graceful.shutdown()).await.ok();
}
