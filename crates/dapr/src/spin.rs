//! The transport of a Spin component.

use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use futures::future::{Either, select};
use http::{Request, Response};
use spin_sdk::http::FullBody;
use spin_sdk::http::body::IncomingBodyExt as _;

use crate::{Transport, TransportError};

/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 << 20;

/// Sends with Spin's outgoing HTTP. The component needs the address in its
/// `allowed_outbound_hosts`.
#[derive(Debug, Clone, Copy)]
pub struct SpinTransport {
    /// How long an answer may take, from the connection to the body's end. (Spin's
    /// own limit is ten minutes.)
    pub timeout: Duration,
}

impl Transport for SpinTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let answer = pin!(exchange(request));
        let alarm = pin!(spin_sdk::time::sleep(self.timeout));
        match select(answer, alarm).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), _)) => Err(TransportError::TimedOut(self.timeout)),
        }
    }
}

async fn exchange(request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
    let response = spin_sdk::http::send(request.map(FullBody::new))
        .await
        .map_err(failed)?;
    let (head, body) = response.into_parts();
    let mut read = BytesMut::new();
    let mut chunks = body.stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(failed)?;
        if read.len() + chunk.len() > MAX_ANSWER {
            let why = format!("the answer is longer than {MAX_ANSWER} bytes");
            return Err(TransportError::Failed(why));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(Response::from_parts(head, read.freeze()))
}

fn failed(error: impl std::fmt::Display) -> TransportError {
    TransportError::Failed(error.to_string())
}
