//! Passing requests on: what proxy and router have in common.

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use std::{convert::Infallible, future::Future, sync::Arc};
use tokio::net::TcpListener;

/// The body of an answer: passed on as it comes.
pub(crate) type Body = BoxBody<Bytes, hyper::Error>;

/// What a suite does with the requests between sidecar and app: it is given the app's
/// port, and passes on what it likes.
pub(crate) type Meddler =
    Arc<dyn Fn(Forward, u16, Request<Bytes>) -> BoxFuture<'static, Response<Body>> + Send + Sync>;

/// Has this between the sidecar and the app at port `to`. Says where it listens.
pub(super) async fn meddled(meddler: Meddler, to: u16) -> u16 {
    let forward = Forward::default();
    listen(move |request| meddler(forward.clone(), to, request)).await
}

/// Where requests are passed on to.
#[derive(Clone)]
pub(crate) struct Forward(Client<HttpConnector, Full<Bytes>>);

impl Default for Forward {
    fn default() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }
}

impl Forward {
    /// Has the app at this port answer; 502 if it does not.
    pub(crate) async fn to(&self, port: u16, request: Request<Bytes>) -> Response<Body> {
        self.to_any(&[port], request).await
    }

    /// Has the app at the first of these ports answer where somebody listens; 502 if nobody
    /// does, or if that one does not answer.
    pub(crate) async fn to_any(&self, ports: &[u16], request: Request<Bytes>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        for port in ports {
            let mut onward = Request::builder()
                .method(parts.method.clone())
                .uri(format!("http://127.0.0.1:{port}{}", parts.uri));
            for (name, value) in &parts.headers {
                if name != "transfer-encoding" && name != "content-length" && name != "host" {
                    onward = onward.header(name, value);
                }
            }
            let onward = onward.body(Full::new(body.clone())).unwrap();
            match self.0.request(onward).await {
                Ok(answer) => return answer.map(BodyExt::boxed),
                Err(error) if error.is_connect() => {}
                Err(_) => break,
            }
        }
        let mut answer = Response::new(whole(Bytes::new()));
        *answer.status_mut() = hyper::StatusCode::BAD_GATEWAY;
        answer
    }
}

/// A body that is there at once.
pub(crate) fn whole(body: impl Into<Bytes>) -> Body {
    Full::new(body.into())
        .map_err(|never| match never {})
        .boxed()
}

/// Listens on a free port, and has each request answered.
pub(super) async fn listen<F>(
    answer: impl Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
) -> u16
where
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let answer = answer.clone();
            tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    let answer = answer.clone();
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await.map(|body| body.to_bytes());
                        let request = Request::from_parts(parts, body.unwrap_or_default());
                        Ok::<_, Infallible>(answer(request).await)
                    }
                });
                // Whoever called may close whenever they like.
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    port
}
