//! Several events in one request.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Interrupted;
use super::consumer::Consumer;
use super::event::Event;
use super::headers;
use super::retry::Attempts;
use crate::sidecar::app::{Answer, Failure};
use crate::sidecar::broker::Record;
use crate::sidecar::clock;
use crate::sidecar::envelope::CLOUD_EVENT;
use crate::sidecar::metrics::Delivered;
use crate::sidecar::trace::Trace;

/// A bulk request, its fields in the order in which Dapr writes them.
#[derive(Serialize)]
struct Envelope<'a> {
    entries: Vec<Entry<'a>>,
    id: &'a str,
    metadata: Metadata<'a>,
    pubsubname: &'a str,
    topic: &'a str,
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    pubsub_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    entry_id: String,
    event: Value<'a>,
    metadata: std::collections::BTreeMap<String, String>,
    content_type: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    /// The CloudEvent, as it is kept.
    Whole(&'a RawValue),
    /// A value that is none, in base64.
    Raw(String),
}

/// An event of a batch that has not been taken yet.
struct Open {
    /// Its number in the batch is its entryId.
    number: usize,
    record: Arc<Record>,
}

#[derive(Deserialize)]
struct Answers {
    #[serde(default)]
    statuses: Option<Vec<Status>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    entry_id: String,
    #[serde(default)]
    status: Option<String>,
}

/// What the app said to one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    Dropped,
    Failed,
}

impl Consumer {
    /// Delivers a batch until each of its events was taken by the app or by a
    /// dead-letter topic. Only those that failed are delivered again, in order.
    pub(super) async fn deliver_batch(&self, batch: Vec<Arc<Record>>) -> Result<(), Interrupted> {
        let feed = &*self.feed;
        let subscription = &feed.subscription;
        let id = clock::random_id().to_string();
        let mut open: Vec<Open> = batch
            .into_iter()
            .enumerate()
            .map(|(number, record)| Open { number, record })
            .collect();
        loop {
            let mut attempts = Attempts::new(feed.policy.retry);
            let gave_up = loop {
                feed.until_healthy().await?;
                let mut headers = headers::bulk(&subscription.pubsub);
                if let Some(trace) = self.last_trace(&open) {
                    trace.insert_into(&mut headers);
                }
                let body = self.body(&id, &open);
                let call = feed.delivery.app.call(
                    Method::POST,
                    &subscription.route,
                    headers,
                    body,
                    feed.timeout(),
                );
                let why = match call.await {
                    Err(Failure::Unreachable(_)) => continue, // No attempt: until_healthy waits.
                    Err(Failure::Broken(why)) => why,
                    Ok(answer) => match verdicts(&answer, &open) {
                        Ok(verdicts) => {
                            open = self.settle(open, &verdicts).await?;
                            "the app did not answer SUCCESS to each of them".to_owned()
                        }
                        Err(why) => why,
                    },
                };
                let Some(first) = open.first() else {
                    return Ok(());
                };
                self.count(Delivered::Retry, open.len());
                self.commit(first.record.offset); // What came before it is done with.
                match attempts.after_failure() {
                    Some(wait) => {
                        self.log_failed(&open, &why, "events failed and will be delivered again");
                        feed.wait(wait).await?;
                    }
                    None => break why,
                }
            };
            if subscription.dead_letter_topic.is_some() {
                self.log_failed(
                    &open,
                    &gave_up,
                    "events failed for good: to the dead letters",
                );
                let records: Vec<&Record> = open.iter().map(|open| &*open.record).collect();
                return self.dead_letter(&records).await;
            }
            self.log_failed(&open, &gave_up, "events failed and hold their partition up");
            feed.wait(feed.pubsub.redelivery).await?;
        }
    }

    /// The trace of the last event that says anything of one: a request has but one.
    fn last_trace(&self, open: &[Open]) -> Option<Trace> {
        let mut events = open.iter().rev();
        events.find_map(|open| match self.inspect(&open.record) {
            Event::Whole(trace) => trace,
            Event::Malformed(_) | Event::Expired => None,
        })
    }

    fn body(&self, id: &str, open: &[Open]) -> Bytes {
        let subscription = &self.feed.subscription;
        let entries = open.iter().map(|open| {
            let whole = if subscription.raw_payload {
                None
            } else {
                serde_json::from_slice(&open.record.value).ok()
            };
            Entry {
                entry_id: open.number.to_string(),
                metadata: open.record.metadata(&subscription.topic, self.partition),
                content_type: if whole.is_some() {
                    CLOUD_EVENT
                } else {
                    "application/octet-stream"
                },
                event: match whole {
                    Some(event) => Value::Whole(event),
                    None => Value::Raw(STANDARD.encode(&open.record.value)),
                },
            }
        });
        let envelope = Envelope {
            entries: entries.collect(),
            id,
            metadata: Metadata {
                pubsub_name: &subscription.pubsub,
            },
            pubsubname: &subscription.pubsub,
            topic: &subscription.topic,
            r#type: "com.dapr.event.sent.bulk",
        };
        Bytes::from(serde_json::to_vec(&envelope).unwrap_or_default())
    }

    /// Deals with the answers; what is left open has failed.
    async fn settle(
        &self,
        open: Vec<Open>,
        verdicts: &[Verdict],
    ) -> Result<Vec<Open>, Interrupted> {
        let mut failed = Vec::new();
        let mut dropped = Vec::new();
        let done = verdicts.iter().filter(|verdict| **verdict == Verdict::Done);
        self.count(Delivered::Success, done.count());
        for (open, verdict) in open.into_iter().zip(verdicts) {
            match verdict {
                Verdict::Done => {}
                Verdict::Dropped => dropped.push(open),
                Verdict::Failed => failed.push(open),
            }
        }
        if !dropped.is_empty() {
            self.count(Delivered::Drop, dropped.len());
            self.log_failed(&dropped, "DROP or 404", "the app dropped events");
            let records: Vec<&Record> = dropped.iter().map(|open| &*open.record).collect();
            self.dead_letter(&records).await?;
        }
        Ok(failed)
    }

    fn log_failed(&self, open: &[Open], why: &str, what: &str) {
        tracing::warn!(
            route = self.feed.subscription.route,
            topic = self.feed.subscription.topic,
            partition = self.partition,
            events = open.len(),
            first_offset = open.first().map_or(-1, |open| open.record.offset),
            why,
            "{what}"
        );
    }
}

/// The app's word on each entry; one that it says nothing of has failed.
fn verdicts(answer: &Answer, open: &[Open]) -> Result<Vec<Verdict>, String> {
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(vec![Verdict::Dropped; open.len()]);
    }
    if !answer.status.is_success() {
        return Err(format!("the app answered {}", answer.status));
    }
    let answers: Answers = serde_json::from_slice(&answer.body)
        .map_err(|error| format!("the app's answer is no `{{\"statuses\":[…]}}`: {error}"))?;
    let statuses = answers.statuses.unwrap_or_default();
    let by_entry: HashMap<&str, &str> = statuses
        .iter()
        .map(|status| {
            (
                status.entry_id.as_str(),
                status.status.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    let verdict = |open: &Open| match by_entry.get(open.number.to_string().as_str()) {
        Some(&"SUCCESS") => Verdict::Done,
        Some(&"DROP") => Verdict::Dropped,
        _ => Verdict::Failed,
    };
    Ok(open.iter().map(verdict).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &'static str) -> Result<Vec<Verdict>, String> {
        let open: Vec<Open> = (0..3)
            .map(|number| Open {
                number,
                record: Arc::new(Record {
                    offset: 0,
                    timestamp: 0,
                    key: None,
                    headers: Default::default(),
                    value: Bytes::new(),
                }),
            })
            .collect();
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.into(),
        };
        verdicts(&answer, &open)
    }

    #[test]
    fn each_entry_has_its_own_verdict() {
        use Verdict::{Done, Dropped, Failed};
        let body = r#"{"statuses":[{"entryId":"1","status":"DROP"},{"entryId":"0","status":"SUCCESS"},{"entryId":"9","status":"SUCCESS"}]}"#;
        assert_eq!(of(200, body), Ok(vec![Done, Dropped, Failed]));
        let body = r#"{"statuses":[{"entryId":"0","status":"success"},{"entryId":"1"},{"entryId":"2","status":"RETRY"}]}"#;
        assert_eq!(of(200, body), Ok(vec![Failed, Failed, Failed]));
        assert_eq!(of(404, ""), Ok(vec![Dropped, Dropped, Dropped]));
    }

    #[test]
    fn an_answer_without_statuses_is_a_failure_of_all() {
        assert!(of(200, "").is_err());
        assert!(of(200, "[").is_err());
        assert!(of(503, "{}").is_err());
        assert_eq!(of(200, "{}"), Ok(vec![Verdict::Failed; 3]));
    }
}
