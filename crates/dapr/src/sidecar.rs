//! The sidecar, seen from the app.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response};

use crate::{SidecarError, TOKEN, Transport};

/// The sidecar's HTTP interface.
///
/// Names (of pubsub components, topics, jobs, bindings) are percent-encoded: any
/// text will do.
pub struct Sidecar<T> {
    base_url: String,
    token: Option<String>,
    transport: T,
}

impl<T: Transport> Sidecar<T> {
    /// The sidecar at `base_url` (`http://127.0.0.1:3500`), called with `token`: its
    /// `DAPR_API_TOKEN`. An empty token is none.
    pub fn new(base_url: &str, token: Option<String>, transport: T) -> Self {
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            token: token.filter(|token| !token.is_empty()),
            transport,
        }
    }

    /// Whether the sidecar can be called: publishing works then. It does not wait
    /// for the app to be up, and does not ask the broker.
    pub async fn is_healthy(&self) -> bool {
        let path = path(&["v1.0", "healthz", "outbound"]);
        matches!(
            self.call(Method::GET, &path, None).await,
            Ok(response) if response.status().is_success()
        )
    }

    /// Calls `path` with a content type and a body, if any.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        content: Option<(&str, Bytes)>,
    ) -> Result<Response<Bytes>, SidecarError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base_url));
        if let Some(token) = &self.token {
            let mut token = HeaderValue::from_str(token).map_err(|_| {
                SidecarError::Unusable("the sidecar's token cannot be sent in a header".to_owned())
            })?;
            token.set_sensitive(true);
            request = request.header(TOKEN, token);
        }
        let body = match content {
            Some((content_type, body)) => {
                request = request.header(CONTENT_TYPE, content_type);
                body
            }
            None => Bytes::new(),
        };
        let request = request.body(body).map_err(|error| {
            SidecarError::Unusable(format!("{}{path} cannot be called: {error}", self.base_url))
        })?;
        Ok(self.transport.send(request).await?)
    }

    /// The same, where every status but 2xx is an error.
    pub(crate) async fn call_ok(
        &self,
        method: Method,
        path: &str,
        content: Option<(&str, Bytes)>,
    ) -> Result<Bytes, SidecarError> {
        let response = self.call(method, path, content).await?;
        if response.status().is_success() {
            Ok(response.into_body())
        } else {
            Err(SidecarError::of(&response))
        }
    }
}

/// A path of these segments.
pub(crate) fn path(segments: &[&str]) -> String {
    let mut path = String::new();
    for segment in segments {
        path.push('/');
        escape_into(&mut path, segment);
    }
    path
}

/// Metadata as a query, with its `?`; empty for none.
pub(crate) fn metadata_query(metadata: &[(String, String)]) -> String {
    let mut query = String::new();
    for (name, value) in metadata {
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str("metadata.");
        escape_into(&mut query, name);
        query.push('=');
        escape_into(&mut query, value);
    }
    query
}

/// Percent-encodes all but the unreserved characters (RFC 3986, section 2.3).
fn escape_into(to: &mut String, text: &str) {
    // A segment of dots alone would be taken for a way up.
    let only_dots = text.bytes().all(|byte| byte == b'.');
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) || (byte == b'.' && !only_dots) {
            to.push(char::from(byte));
        } else {
            to.push_str(&format!("%{byte:02X}"));
        }
    }
}
