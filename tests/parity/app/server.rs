//! The HTTP server behind the app.

use super::{Call, Inner, reply::Reply, reply::statuses};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{io, sync::Arc, time::Instant};
use tokio::net::TcpSocket;
use tokio_util::sync::CancellationToken;

/// Listens at this port until it is cancelled.
pub(super) fn start(port: u16, inner: Arc<Inner>, running: CancellationToken) {
    let socket = TcpSocket::new_v4().unwrap();
    // It may have listened there before.
    socket.set_reuseaddr(true).unwrap();
    socket.bind(([127, 0, 0, 1], port).into()).unwrap();
    let listener = socket.listen(1_024).unwrap();
    tokio::spawn(async move {
        loop {
            let stream = tokio::select! {
                () = running.cancelled() => return,
                accepted = listener.accept() => accepted.unwrap().0,
            };
            let (inner, running) = (inner.clone(), running.clone());
            tokio::spawn(async move {
                let service = service_fn(|request| answer(inner.clone(), request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::select! {
                    () = running.cancelled() => {}
                    // Whoever called may close whenever they like.
                    _ = connection => {}
                }
            });
        }
    });
}

/// Keeps a request and answers it. An error breaks the connection.
async fn answer(
    inner: Arc<Inner>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query();
    let call = Call {
        at: Instant::now(),
        method: parts.method,
        target: target.map(ToString::to_string).unwrap_or_default(),
        headers: parts.headers,
        body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
    };
    let mut reply = inner.take(call.clone());
    loop {
        let (status, headers, body) = match reply {
            Reply::Break => return Err(io::Error::other("as the case wants it")),
            Reply::Held(until, then) => {
                until.cancelled().await;
                reply = *then;
                continue;
            }
            Reply::Late(by, then) => {
                tokio::time::sleep(by).await;
                reply = *then;
                continue;
            }
            Reply::Entries(status) => (200, Vec::new(), statuses(&call, &*status)),
            Reply::Answer(status, headers, body) => (status, headers, body),
        };
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        return Ok(response.body(Full::new(Bytes::from(body))).unwrap());
    }
}
