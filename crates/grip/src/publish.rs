//! Publishing: a request to the proxy's control endpoint.

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::{Deserialize, Serialize};

/// The path of the control endpoint that takes what is published.
pub const PATH: &str = "/publish/";

/// The longest request that is made, in bytes. Pushpin takes up to 1,000,000.
pub const MOST_BODY: usize = 500_000;

/// What is published in one request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// In this order.
    pub items: Vec<Item>,
}

/// Something for all who have subscribed to a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The channel.
    pub channel: String,
    /// What is sent, by the kind of connection.
    pub formats: Formats,
}

/// What is sent, by the kind of connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Formats {
    /// To WebSockets.
    pub ws_message: WsMessage,
}

/// A text message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WsMessage {
    /// The text.
    pub content: String,
}

impl Item {
    /// A text message for the WebSockets of a channel.
    #[must_use]
    pub fn text(channel: String, content: String) -> Self {
        Self {
            channel,
            formats: Formats {
                ws_message: WsMessage { content },
            },
        }
    }
}

/// The request that publishes these at a proxy whose control endpoint is at this
/// origin (`http://127.0.0.1:5561`). `token` is shown to proxies that want one;
/// Pushpin itself does not look at it.
///
/// # Errors
/// The origin or the token cannot be in a request.
pub fn request(
    origin: &str,
    token: &str,
    published: &Published,
) -> Result<Request<Bytes>, http::Error> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {token}"))?;
    bearer.set_sensitive(true);
    // Text only: it can always be written.
    let body = serde_json::to_vec(published).unwrap_or_default();
    Request::builder()
        .method(Method::POST)
        .uri(format!("{}{PATH}", origin.trim_end_matches('/')))
        .header(CONTENT_TYPE, "application/json")
        // Pushpin takes no chunked body, which is what components send without it.
        .header(CONTENT_LENGTH, body.len())
        .header(AUTHORIZATION, bearer)
        .body(Bytes::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_what_pushpin_takes() {
        let published = Published {
            items: vec![Item::text("one".to_owned(), "{}".to_owned())],
        };
        let request = request("http://127.0.0.1:5561/", "token", &published).unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:5561/publish/");
        assert_eq!(
            request.body(),
            r#"{"items":[{"channel":"one","formats":{"ws-message":{"content":"{}"}}}]}"#
        );
        let read: Published = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(read, published);
    }
}
