//! A request's body.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// The largest body that is taken, in bytes. Dapr's default.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// How much of a body is read. Who sends more than is taken gets an answer only if they
/// may send it all.
const MAX_READ: usize = 16 * 1024 * 1024;
/// How long a body may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The whole body.
///
/// # Errors
/// It is too large, too slow or breaks off.
pub(super) async fn whole(body: Incoming) -> Result<Bytes, String> {
    let read = tokio::time::timeout(TIMEOUT, read(body)).await;
    read.unwrap_or_else(|_| {
        Err(format!(
            "the request's body did not come within {TIMEOUT:?}"
        ))
    })
}

async fn read(mut body: Incoming) -> Result<Bytes, String> {
    let mut taken = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| format!("the request's body: {error}"))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        length += data.len();
        if length <= MAX_BODY {
            taken.extend_from_slice(data);
        } else if length > MAX_READ {
            break;
        }
    }
    match length {
        0..=MAX_BODY => Ok(taken.freeze()),
        _ => Err("stream too large".to_owned()),
    }
}
