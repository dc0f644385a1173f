//! Asking a publisher for what a transport lost.

use bytes::Bytes;
use duebell_dapr::{TOKEN, Transport};
use duebell_edge::parameters::escape;
use duebell_events::Topic;
use duebell_service::{Entropy, Logger, TraceContext};
use duebell_store::inbox::Place;
use duebell_telemetry::Report;
use http::Request;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::{fmt, rc::Rc};

/// How many events one call gives at most; the publisher's bound is the same.
pub(crate) const PAGE: i64 = 100;

/// A component that publishes, as its consumers know it.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// The CloudEvents source of its events.
    pub source: String,
    /// Where its history is, without a `/` at the end:
    /// `http://task-api.spin.internal/internal/task-api`.
    pub url: String,
    /// Its topics that this consumer takes.
    pub topics: Vec<Topic>,
}

impl Publisher {
    /// A component of Duebell's own that is at this origin.
    #[must_use]
    pub fn component(source: &str, id: &str, origin: &str, topics: &[Topic]) -> Self {
        Self {
            source: source.to_owned(),
            url: format!("{}/internal/{id}", origin.trim_end_matches('/')),
            topics: topics.to_vec(),
        }
    }
}

/// The history of some publishers.
pub struct History<T> {
    publishers: Vec<Publisher>,
    token: String,
    transport: T,
    entropy: Rc<dyn Entropy>,
}

/// Why a publisher gave no history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable(String);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the publisher's history cannot be had: {}", self.0)
    }
}

impl std::error::Error for Unavailable {}

/// The heads in a part of a publisher's outbox.
#[derive(Deserialize)]
pub(crate) struct Heads {
    pub(crate) heads: Vec<Head>,
    pub(crate) next: i64,
    pub(crate) more: bool,
}

#[derive(Deserialize)]
pub(crate) struct Head {
    pub(crate) user_id: String,
    pub(crate) sequence: i64,
}

#[derive(Deserialize)]
struct Events {
    events: Vec<Box<RawValue>>,
}

impl<T: Transport> History<T> {
    /// The history of these publishers; `token` is the app's own.
    pub fn new(
        publishers: Vec<Publisher>,
        token: String,
        transport: T,
        entropy: Rc<dyn Entropy>,
    ) -> Self {
        Self {
            publishers,
            token,
            transport,
            entropy,
        }
    }

    /// The trace of a question: the one that an event happened in, or a new one.
    pub(crate) fn trace(&self, traceparent: Option<&str>) -> TraceContext {
        traceparent
            .and_then(TraceContext::parse)
            .unwrap_or_else(|| TraceContext::random(&*self.entropy))
    }

    pub(crate) async fn report(&self, url: &str, report: &Report, logger: &Logger) {
        duebell_edge::report(&self.transport, &self.token, url, report, logger).await;
    }

    pub(crate) fn publishers(&self) -> &[Publisher] {
        &self.publishers
    }

    pub(crate) fn publisher(&self, source: &str) -> Option<&Publisher> {
        self.publishers
            .iter()
            .find(|publisher| publisher.source == source)
    }

    /// CloudEvents with numbers from `first` to `last`, as they were published:
    /// the first [`PAGE`] of them. What is missing has been forgotten.
    pub(crate) async fn events(
        &self,
        publisher: &Publisher,
        place: &Place,
        first: i64,
        last: i64,
        trace: TraceContext,
    ) -> Result<Vec<Bytes>, Unavailable> {
        let url = format!(
            "{}/outbox/events?topic={}&user_id={}&first={first}&last={last}",
            publisher.url,
            escape(&place.topic),
            escape(&place.user_id),
        );
        let Events { events } = self.get(&url, trace).await?;
        Ok(events
            .into_iter()
            .map(|event| Bytes::from(String::from(Box::<str>::from(event))))
            .collect())
    }

    /// The heads of a topic after a row of the publisher's outbox.
    pub(crate) async fn heads(
        &self,
        publisher: &Publisher,
        topic: Topic,
        after: i64,
        trace: TraceContext,
    ) -> Result<Heads, Unavailable> {
        let url = format!(
            "{}/outbox/heads?topic={}&after={after}",
            publisher.url,
            topic.as_str()
        );
        self.get(&url, trace).await
    }

    async fn get<R: DeserializeOwned>(
        &self,
        url: &str,
        trace: TraceContext,
    ) -> Result<R, Unavailable> {
        let request = Request::get(url)
            .header(TOKEN, &self.token)
            .header("traceparent", trace.child(&*self.entropy).to_string())
            .body(Bytes::new())
            .map_err(|error| Unavailable(error.to_string()))?;
        let response = self
            .transport
            .send(request)
            .await
            .map_err(|error| Unavailable(error.to_string()))?;
        if !response.status().is_success() {
            return Err(Unavailable(format!("it answered {}", response.status())));
        }
        serde_json::from_slice(response.body()).map_err(|error| Unavailable(error.to_string()))
    }
}
