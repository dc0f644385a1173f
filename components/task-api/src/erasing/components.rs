//! The components that have something of users beside this one.

use bytes::Bytes;
use duebell_dapr::{TOKEN, Transport};
use duebell_erasures::{Done, Order};
use http::{Request, header::CONTENT_TYPE};
use std::collections::BTreeMap;

/// The components that have something of users, beside task-api.
pub const COMPONENTS: &[&str] = &[
    "audit-sink",
    "dead-letters",
    "live-updates",
    "notifier",
    "recurrence",
    "reminder-trigger",
    "search-indexer",
];

/// Where they are, and how to get there.
pub(crate) struct Components<T> {
    origins: BTreeMap<String, String>,
    token: String,
    transport: T,
}

impl<T: Transport> Components<T> {
    /// Components at these origins, by their ids; `token` is the app's own.
    pub(crate) fn new(origins: BTreeMap<String, String>, token: String, transport: T) -> Self {
        Self {
            origins,
            token,
            transport,
        }
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.origins.keys().map(String::as_str)
    }

    /// Gives one an order. It is safe to repeat.
    ///
    /// # Errors
    /// There was no answer; how far it came is unknown. Says why.
    pub(crate) async fn ask(&self, component: &str, order: &Order) -> Result<Done, String> {
        let origin = self
            .origins
            .get(component)
            .ok_or_else(|| format!("nobody knows where {component} is"))?;
        let url = format!(
            "{}/internal/{component}/erasures",
            origin.trim_end_matches('/')
        );
        let body = serde_json::to_vec(order).map_err(|error| error.to_string())?;
        let request = Request::post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(TOKEN, &self.token)
            .body(Bytes::from(body))
            .map_err(|error| error.to_string())?;
        let answer = self.transport.send(request).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("it answered {}", answer.status()));
        }
        serde_json::from_slice(answer.body()).map_err(|error| format!("it answered oddly: {error}"))
    }
}
