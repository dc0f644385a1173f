//! A client's handshake (RFC 6455, section 4.2), and what of it the app sees.

use http::header::{
    ACCEPT, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use duebell_grip::{CONNECTION_ID, EXTENSIONS, GRIP_SIG, WEBSOCKET_EVENTS};

/// Headers of the handshake that mean nothing to the app, or that the proxy sets.
const OWN: [HeaderName; 11] = [
    ACCEPT,
    CONNECTION,
    CONNECTION_ID,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXTENSIONS,
    SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Whether a request wants to become a WebSocket.
pub fn is_websocket<B>(request: &Request<B>) -> bool {
    let has = |name: HeaderName, token: &str| {
        request
            .headers()
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|part| part.trim().eq_ignore_ascii_case(token))
    };
    request.method() == Method::GET && has(UPGRADE, "websocket") && has(CONNECTION, "upgrade")
}

/// The answer that makes it one.
///
/// # Errors
///
/// What is wrong with the handshake.
pub(super) fn accept<B>(request: &Request<B>) -> Result<Response<()>, &'static str> {
    let header = |name| request.headers().get(name).map(HeaderValue::as_bytes);
    if header(SEC_WEBSOCKET_VERSION) != Some(b"13") {
        return Err("the header Sec-WebSocket-Version must be 13\n");
    }
    let key = header(SEC_WEBSOCKET_KEY).ok_or("the header Sec-WebSocket-Key is missing\n")?;
    let accepted = HeaderValue::try_from(derive_accept_key(key))
        .map_err(|_| "the header Sec-WebSocket-Key is none\n")?;
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accepted);
    Ok(response)
}

/// What all requests to the app about one WebSocket have in common.
#[derive(Clone)]
pub(super) struct Template {
    uri: Uri,
    headers: HeaderMap,
}

impl Template {
    /// By the handshake. What a client says in the proxy's name is left out.
    pub(super) fn new<B>(handshake: &Request<B>, id: &str) -> Self {
        let mut headers = HeaderMap::new();
        for (name, value) in handshake.headers() {
            let theirs = name.as_str();
            if !OWN.contains(name) && !theirs.starts_with("meta-") && !theirs.starts_with("grip-") {
                headers.append(name, value.clone());
            }
        }
        let events = HeaderValue::from_static(WEBSOCKET_EVENTS);
        headers.insert(ACCEPT, events.clone());
        headers.insert(CONTENT_TYPE, events);
        headers.insert(EXTENSIONS, HeaderValue::from_static("grip"));
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.insert(CONNECTION_ID, id);
        }
        Self {
            uri: handshake.uri().clone(),
            headers,
        }
    }

    /// A request, with this signature and these headers that the app had it keep.
    pub(super) fn request<B>(
        &self,
        signature: Option<&str>,
        meta: &HeaderMap,
        body: B,
    ) -> Request<B> {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        for (name, value) in meta {
            headers.append(name, value.clone());
        }
        if let Some(signature) = signature.and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(GRIP_SIG, signature);
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake() -> http::request::Builder {
        Request::get("/api/updates/ws?since=1")
            .header("host", "x")
            .header("connection", "keep-alive, Upgrade")
            .header("upgrade", "WebSocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    #[test]
    fn the_example_of_rfc_6455_is_accepted() {
        let request = handshake().body(()).unwrap();
        assert!(is_websocket(&request));
        let response = accept(&request).unwrap();
        assert_eq!(
            response.headers()[SEC_WEBSOCKET_ACCEPT],
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn another_request_is_none() {
        assert!(!is_websocket(&Request::get("/").body(()).unwrap()));
        let request = Request::get("/").header("upgrade", "websocket");
        assert!(accept(&request.body(()).unwrap()).is_err());
    }

    #[test]
    fn a_client_cannot_speak_for_the_proxy() {
        let request = handshake()
            .header("grip-sig", "mine")
            .header("meta-user", "bob")
            .header("connection-id", "another")
            .header("authorization", "Bearer token")
            .body(())
            .unwrap();
        let template = Template::new(&request, "an-id");
        let request = template.request(Some("signed"), &HeaderMap::new(), ());
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "/api/updates/ws?since=1");
        assert_eq!(header("grip-sig"), Some("signed"));
        assert_eq!(header("connection-id"), Some("an-id"));
        assert_eq!(header("authorization"), Some("Bearer token"));
        assert_eq!(header("meta-user"), None);
        assert_eq!(header("upgrade"), None);
    }
}
