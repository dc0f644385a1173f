//! Errors as Dapr's HTTP interface has them.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

/// The answer of this interface.
pub(crate) type Answer = Response<Full<Bytes>>;

/// 204, the answer of success.
pub(crate) fn no_content() -> Answer {
    with_status(StatusCode::NO_CONTENT, Bytes::new())
}

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, body: &Value) -> Answer {
    json_text(status, body.to_string())
}

/// An answer whose body is this JSON.
pub(crate) fn json_text(status: StatusCode, body: String) -> Answer {
    let mut answer = with_status(status, Bytes::from(body));
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// `{"errorCode","message"}`.
pub(crate) fn plain(status: StatusCode, code: &str, message: &str) -> Answer {
    json(status, &json!({ "errorCode": code, "message": message }))
}

/// The token is missing or wrong.
pub(crate) fn unauthorized() -> Answer {
    let mut answer = with_status(
        StatusCode::UNAUTHORIZED,
        Bytes::from_static(b"invalid api token\n"),
    );
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );
    answer
}

/// No such route. Dapr takes it for a call to another app, and misses that app's name.
pub(crate) fn unknown_route() -> Answer {
    plain(
        StatusCode::NOT_FOUND,
        "ERR_DIRECT_INVOKE",
        "failed getting app id either from the URL path or the header dapr-app-id",
    )
}

/// What a pubsub error is about.
#[derive(Debug)]
pub(crate) struct PubsubError<'a> {
    pub(crate) pubsub: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Whether the details name the component.
    pub(crate) names_resource: bool,
}

impl<'a> PubsubError<'a> {
    /// No pubsub component of that name.
    pub(crate) fn not_found(pubsub: &'a str, metadata: &BTreeMap<String, String>) -> Self {
        Self {
            pubsub,
            status: StatusCode::NOT_FOUND,
            code: "ERR_PUBSUB_NOT_FOUND",
            reason: "DAPR_PUBSUB_NOT_FOUND",
            message: format!("pubsub {pubsub} is not found"),
            metadata: metadata.clone(),
            names_resource: false,
        }
    }

    /// The component's rules forbid the topic to this app.
    pub(crate) fn forbidden(pubsub: &'a str, topic: &str, app_id: &str) -> Self {
        let message = format!("topic {topic} is not allowed for app id {app_id}");
        Self {
            metadata: about_topic(topic, &message),
            ..Self::of(
                pubsub,
                StatusCode::FORBIDDEN,
                "ERR_PUBSUB_FORBIDDEN",
                "DAPR_PUBSUB_FORBIDDEN",
                message,
            )
        }
    }

    /// The event could not be written.
    pub(crate) fn publish(pubsub: &'a str, topic: &str, error: &str) -> Self {
        let message = format!("error when publishing to topic {topic} in pubsub {pubsub}: {error}");
        Self {
            metadata: about_topic(topic, error),
            ..Self::of(
                pubsub,
                StatusCode::INTERNAL_SERVER_ERROR,
                "ERR_PUBSUB_PUBLISH_MESSAGE",
                "DAPR_PUBSUB_PUBLISH_MESSAGE",
                message,
            )
        }
    }

    /// `metadata.rawPayload` is neither true nor false.
    pub(crate) fn metadata(
        pubsub: &'a str,
        metadata: &BTreeMap<String, String>,
        error: &str,
    ) -> Self {
        Self {
            metadata: metadata.clone(),
            ..Self::of(
                pubsub,
                StatusCode::BAD_REQUEST,
                "ERR_PUBSUB_REQUEST_METADATA",
                "DAPR_PUBSUB_METADATA_DESERIALIZATION",
                format!("failed deserializing metadata. Error: {error}"),
            )
        }
    }

    /// What says that it is a CloudEvent is none.
    pub(crate) fn cloud_event(pubsub: &'a str, app_id: &str, error: &str) -> Self {
        Self {
            metadata: about_app(app_id, error),
            ..Self::of(
                pubsub,
                StatusCode::INTERNAL_SERVER_ERROR,
                "ERR_PUBSUB_CLOUD_EVENTS_SER",
                "DAPR_PUBSUB_CLOUD_EVENT_CREATION",
                "cannot create cloudevent".to_owned(),
            )
        }
    }

    /// A bulk request cannot be read.
    pub(crate) fn unreadable_bulk(pubsub: &'a str, topic: &str, app_id: &str, error: &str) -> Self {
        let message = format!(
            "error when unmarshaling the request for topic {topic} pubsub {pubsub}: {error}"
        );
        let reason = "DAPR_PUBSUB_UNMARSHAL_EVENTS";
        Self {
            metadata: BTreeMap::from([("appID".to_owned(), app_id.to_owned())]),
            ..Self::bulk(pubsub, app_id, reason, message, error)
        }
    }

    /// An entry of a bulk request is wrong.
    pub(crate) fn bulk(
        pubsub: &'a str,
        app_id: &str,
        reason: &'static str,
        message: String,
        error: &str,
    ) -> Self {
        Self {
            metadata: about_app(app_id, error),
            ..Self::of(
                pubsub,
                StatusCode::BAD_REQUEST,
                "ERR_PUBSUB_EVENTS_SER",
                reason,
                message,
            )
        }
    }

    fn of(
        pubsub: &'a str,
        status: StatusCode,
        code: &'static str,
        reason: &'static str,
        message: String,
    ) -> Self {
        Self {
            pubsub,
            status,
            code,
            reason,
            message,
            metadata: BTreeMap::new(),
            names_resource: true,
        }
    }

    /// The answer that says so.
    pub(crate) fn answer(&self) -> Answer {
        let mut details = Vec::new();
        if self.names_resource {
            details.push(json!({
                "@type": "type.googleapis.com/google.rpc.ResourceInfo",
                "description": self.message,
                "owner": "",
                "resource_name": self.pubsub,
                "resource_type": "pubsub",
            }));
        }
        details.push(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "domain": "dapr.io",
            "metadata": self.metadata,
            "reason": self.reason,
        }));
        let body = json!({ "errorCode": self.code, "message": self.message, "details": details });
        json(self.status, &body)
    }
}

fn about_topic(topic: &str, error: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("topic".to_owned(), topic.to_owned()),
        ("error".to_owned(), error.to_owned()),
    ])
}

fn about_app(app_id: &str, error: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("appID".to_owned(), app_id.to_owned()),
        ("error".to_owned(), error.to_owned()),
    ])
}

fn with_status(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer
}
