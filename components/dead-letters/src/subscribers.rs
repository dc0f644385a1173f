//! Asking subscribers: why they gave an event up, and to take it once more.

use bytes::Bytes;
use duebell_dapr::{TOKEN, Transport};
use duebell_edge::parameters::escape;
use duebell_events::Topic;
use duebell_service::{Logger, TraceContext};
use duebell_telemetry::Report;
use http::{Request, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use std::{collections::BTreeMap, fmt};

/// The components that have a dead-letter topic.
pub const SUBSCRIBERS: &[&str] = &[
    "audit-sink",
    "live-updates",
    "notifier",
    "recurrence",
    "reminder-trigger",
    "search-indexer",
];

/// Where subscribers are, and how to get there.
pub(crate) struct Subscribers<T> {
    origins: BTreeMap<String, String>,
    task_api: Option<String>,
    token: String,
    transport: T,
}

/// What a subscriber's inbox knows of an event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Known {
    pub(crate) attempts: i64,
    pub(crate) state: State,
    pub(crate) reason: Option<String>,
    pub(crate) passing: bool,
}

/// What became of its attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Open,
    Done,
    Dropped,
}

/// What a replay came to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Replayed {
    pub(crate) outcome: Outcome,
    pub(crate) reason: Option<String>,
}

/// The same, as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It took effect.
    Done,
    /// It had taken effect before.
    AlreadyDone,
    /// It failed for a reason that may pass.
    Retry,
    /// It was refused.
    Drop,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::AlreadyDone => "already_done",
            Self::Retry => "retry",
            Self::Drop => "drop",
        }
    }
}

/// A subscriber gave no answer. Says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoAnswer(pub(crate) String);

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T: Transport> Subscribers<T> {
    /// Subscribers at these origins, by their ids; `token` is the app's own.
    pub(crate) fn new(origins: BTreeMap<String, String>, token: String, transport: T) -> Self {
        Self {
            origins,
            task_api: None,
            token,
            transport,
        }
    }

    /// The same, and task-api is at this origin, which is told how this component is.
    pub(crate) fn telling(self, task_api: &str) -> Self {
        Self {
            task_api: Some(task_api.trim_end_matches('/').to_owned()),
            ..self
        }
    }

    /// Tells task-api how this component is.
    pub(crate) async fn report(&self, report: &Report, logger: &Logger) {
        if let Some(task_api) = &self.task_api {
            let url = format!("{task_api}/internal/task-api/health/dead-letters");
            duebell_edge::report(&self.transport, &self.token, &url, report, logger).await;
        }
    }

    /// What the subscriber knows of an event; nothing if it never attempted it.
    ///
    /// # Errors
    /// There was no answer.
    pub(crate) async fn ask(
        &self,
        subscriber: &str,
        key: &str,
        trace: TraceContext,
    ) -> Result<Option<Known>, NoAnswer> {
        let path = format!("inbox?key={}", escape(key));
        let request = Request::get(self.url(subscriber, &path)?);
        match self.send(request, Bytes::new(), trace).await? {
            (StatusCode::NOT_FOUND, _) => Ok(None),
            (status, body) => read(status, &body).map(Some),
        }
    }

    /// Has the subscriber take an event once more.
    ///
    /// # Errors
    /// There was no answer: whether it took effect is unknown.
    pub(crate) async fn replay(
        &self,
        subscriber: &str,
        topic: Topic,
        value: Vec<u8>,
        trace: TraceContext,
    ) -> Result<Replayed, NoAnswer> {
        let url = self.url(subscriber, &format!("replays/{topic}"))?;
        let request = Request::post(url).header("content-type", "application/cloudevents+json");
        let (status, body) = self.send(request, value.into(), trace).await?;
        if status == StatusCode::NOT_FOUND {
            return Err(NoAnswer(format!("{subscriber} takes no {topic}")));
        }
        read(status, &body)
    }

    fn url(&self, subscriber: &str, path: &str) -> Result<String, NoAnswer> {
        let origin = self
            .origins
            .get(subscriber)
            .ok_or_else(|| NoAnswer(format!("nobody knows where {subscriber} is")))?;
        let origin = origin.trim_end_matches('/');
        Ok(format!("{origin}/internal/{subscriber}/{path}"))
    }

    async fn send(
        &self,
        request: http::request::Builder,
        body: Bytes,
        trace: TraceContext,
    ) -> Result<(StatusCode, Bytes), NoAnswer> {
        let request = request
            .header(TOKEN, &self.token)
            .header("traceparent", trace.to_string())
            .body(body)
            .map_err(|error| NoAnswer(error.to_string()))?;
        let answer = self
            .transport
            .send(request)
            .await
            .map_err(|error| NoAnswer(error.to_string()))?;
        Ok((answer.status(), answer.into_body()))
    }
}

fn read<R: DeserializeOwned>(status: StatusCode, body: &Bytes) -> Result<R, NoAnswer> {
    if !status.is_success() {
        return Err(NoAnswer(format!("it answered {status}")));
    }
    serde_json::from_slice(body).map_err(|error| NoAnswer(format!("it answered oddly: {error}")))
}
