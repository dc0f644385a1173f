//! The audit, as far as a rebuild reads it: the latest event of each task.

use bytes::Bytes;
use duebell_dapr::{TOKEN, Transport};
use duebell_events::{Event, TaskEvent, Topic};
use http::{Request, Uri};
use serde::Deserialize;
use serde_json::value::RawValue;

/// audit-sink, as search-indexer knows it.
pub struct Audit<T> {
    url: String,
    token: String,
    transport: T,
}

/// A part of the tasks that the audit knows.
pub(crate) struct Part {
    pub(crate) events: Vec<Audited>,
    /// After which user's task the next part begins; none after the last.
    pub(crate) next: Option<After>,
}

/// A task's latest event of one publisher.
pub(crate) struct Audited {
    pub(crate) source: String,
    pub(crate) sequence: Option<i64>,
    pub(crate) event: TaskEvent,
}

/// After which user's task a part begins.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct After {
    pub(crate) user_id: String,
    pub(crate) task_id: i64,
}

#[derive(Deserialize)]
struct Answer {
    events: Vec<Entry>,
    next: Option<After>,
}

#[derive(Deserialize)]
struct Entry {
    source: String,
    sequence: Option<i64>,
    event: Box<RawValue>,
}

impl<T: Transport> Audit<T> {
    /// The audit of the component at this origin; `token` is the app's own.
    pub fn new(origin: &str, token: String, transport: T) -> Self {
        Self {
            url: format!("{}/internal/audit-sink/tasks", origin.trim_end_matches('/')),
            token,
            transport,
        }
    }

    /// The part after this user's task.
    ///
    /// # Errors
    /// It cannot be had. Says why.
    pub(crate) async fn part(&self, user_id: &str, task_id: i64) -> Result<Part, String> {
        let response = self
            .transport
            .send(self.request(user_id, task_id)?)
            .await
            .map_err(|error| error.to_string())?;
        if !response.status().is_success() {
            return Err(format!("it answered {}", response.status()));
        }
        let answer: Answer =
            serde_json::from_slice(response.body()).map_err(|error| error.to_string())?;
        Ok(Part {
            // What an older release took and this one cannot read is not worth the
            // whole rebuild.
            events: answer.events.into_iter().filter_map(read).collect(),
            next: answer.next,
        })
    }

    fn request(&self, user_id: &str, task_id: i64) -> Result<Request<Bytes>, String> {
        let mut uri = self.url.clone();
        if !user_id.is_empty() {
            uri.push_str("?after_user_id=");
            for byte in user_id.bytes() {
                uri.push_str(&format!("%{byte:02X}"));
            }
            uri.push_str(&format!("&after_task_id={task_id}"));
        }
        let uri: Uri = uri.parse().map_err(|error| format!("{error}"))?;
        Request::get(uri)
            .header(TOKEN, &self.token)
            .body(Bytes::new())
            .map_err(|error| error.to_string())
    }
}

fn read(entry: Entry) -> Option<Audited> {
    match Event::parse(Topic::TaskEvents, entry.event.get()) {
        Ok(Event::Task(event)) => Some(Audited {
            source: entry.source,
            sequence: entry.sequence,
            event,
        }),
        _ => None,
    }
}
