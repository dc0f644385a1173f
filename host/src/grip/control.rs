//! The control endpoint: what the app publishes.

use std::sync::Arc;

use bytes::Bytes;
use duebell_grip::publish::{PATH, Published};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use tokio::net::TcpListener;

use super::Grip;
use crate::http::plain;

/// The longest body, in bytes: Pushpin's.
const MOST_BODY: usize = 1_000_000;

/// Serves until the proxy stops.
pub(super) async fn serve(grip: Arc<Grip>, listener: TcpListener) {
    let stop = grip.stop.clone();
    plain::serve(listener, stop, "the GRIP proxy", move |request| {
        let grip = grip.clone();
        async move { publish(&grip, request).await }
    })
    .await;
}

/// Takes what is published. Pushpin takes it from whoever reaches it; here a page in a
/// browser may, so that it has to be signed.
async fn publish(grip: &Grip, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if request.uri().path().trim_end_matches('/') != PATH.trim_end_matches('/') {
        return answer(StatusCode::NOT_FOUND, "publish at /publish/\n");
    }
    if request.method() != Method::POST {
        return answer(StatusCode::METHOD_NOT_ALLOWED, "publish by POST\n");
    }
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !token.is_some_and(|token| grip.has_signed(token)) {
        let said = "send Authorization: Bearer, with a JWT that is signed with grip_key\n";
        return answer(StatusCode::UNAUTHORIZED, said);
    }
    if !request.headers().contains_key(CONTENT_LENGTH) {
        // As Pushpin has it, so that nobody finds that out later.
        let said = "send the body with a Content-Length, not chunked\n";
        return answer(StatusCode::LENGTH_REQUIRED, said);
    }
    let Ok(body) = Limited::new(request.into_body(), MOST_BODY).collect().await else {
        return answer(StatusCode::PAYLOAD_TOO_LARGE, "publish less at once\n");
    };
    let published: Published = match serde_json::from_slice(&body.to_bytes()) {
        Ok(published) => published,
        Err(error) => return answer(StatusCode::BAD_REQUEST, format!("{error}\n")),
    };
    for item in published.items {
        grip.channels
            .publish(&item.channel, &item.formats.ws_message.content);
    }
    answer(StatusCode::OK, "Published\n")
}

fn answer(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}
