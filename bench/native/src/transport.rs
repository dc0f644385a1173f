//! How requests get to the sidecar and to other components: over connections that stay.

use bytes::Bytes;
use duebell_dapr::{Transport, TransportError};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use std::time::Duration;

/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 << 20;

/// Sends from the thread that it was made on. Clones share connections.
#[derive(Clone)]
pub(crate) struct HttpTransport {
    client: Client<HttpConnector, Full<Bytes>>,
    /// How long an answer may take, from the connection to the body's end.
    timeout: Duration,
}

impl HttpTransport {
    /// Connections of its own.
    pub(crate) fn new(timeout: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self { client, timeout }
    }

    /// The same connections with another patience.
    pub(crate) fn with_timeout(&self, timeout: Duration) -> Self {
        let client = self.client.clone();
        Self { client, timeout }
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let response = self.client.request(request.map(Full::new)).await;
        let (head, body) = response.map_err(failed)?.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| {
            TransportError::Failed(format!("the answer broke off or is too long: {error}"))
        })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        tokio::time::timeout(self.timeout, self.exchange(request))
            .await
            .unwrap_or(Err(TransportError::TimedOut(self.timeout)))
    }
}

/// Why, with what is behind it: the client's own words say little.
fn failed(error: hyper_util::client::legacy::Error) -> TransportError {
    TransportError::Failed(format!("{:#}", anyhow::Error::from(error)))
}
