//! One event in one request.

use http::{Method, StatusCode};
use serde_json::Value;

use super::Interrupted;
use super::consumer::Consumer;
use super::headers;
use super::retry::Attempts;
use crate::sidecar::app::{Answer, Failure};
use crate::sidecar::broker::Record;
use crate::sidecar::envelope;
use crate::sidecar::metrics::Delivered;
use crate::sidecar::trace::Trace;

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    Dropped(String),
    Failed(String),
}

impl Consumer {
    /// Delivers an event until the app has taken it, or a dead-letter topic has.
    pub(super) async fn deliver(
        &self,
        record: &Record,
        trace: Option<&Trace>,
    ) -> Result<(), Interrupted> {
        let feed = &*self.feed;
        let subscription = &feed.subscription;
        let body = if subscription.raw_payload {
            envelope::of_raw_payload(&record.value, &subscription.topic, &subscription.pubsub)
        } else {
            record.value.clone()
        };
        let mut headers = headers::single(
            record,
            &subscription.pubsub,
            &subscription.topic,
            self.partition,
        );
        if let Some(trace) = trace
            && (trace.is_one() || !headers.contains_key("traceparent"))
        {
            trace.insert_into(&mut headers); // Over what the metadata say, if it is one.
        }
        loop {
            let mut attempts = Attempts::new(feed.policy.retry);
            let gave_up = loop {
                feed.until_healthy().await?;
                let call = feed.delivery.app.call(
                    Method::POST,
                    &subscription.route,
                    headers.clone(),
                    body.clone(),
                    feed.timeout(),
                );
                let why = match call.await {
                    Err(Failure::Unreachable(_)) => continue, // No attempt: until_healthy waits.
                    Err(Failure::Broken(why)) => why,
                    Ok(answer) => match verdict(&answer) {
                        Verdict::Done => {
                            self.count(Delivered::Success, 1);
                            return Ok(());
                        }
                        Verdict::Dropped(why) => {
                            self.count(Delivered::Drop, 1);
                            self.log(record, &why, "the app dropped an event");
                            if self.try_dead_letter(&[record]).await.is_ok() {
                                return Ok(());
                            }
                            why
                        }
                        Verdict::Failed(why) => why,
                    },
                };
                self.count(Delivered::Retry, 1);
                match attempts.after_failure() {
                    Some(wait) => {
                        self.log(record, &why, "an event failed and will be delivered again");
                        feed.wait(wait).await?;
                    }
                    None => break why,
                }
            };
            if subscription.dead_letter_topic.is_some() {
                self.log(
                    record,
                    &gave_up,
                    "an event failed for good: to the dead letters",
                );
                if self.try_dead_letter(&[record]).await.is_ok() {
                    return Ok(());
                }
            }
            self.log(
                record,
                &gave_up,
                "an event failed and holds its partition up",
            );
            feed.wait(feed.pubsub.redelivery).await?;
        }
    }

    fn log(&self, record: &Record, why: &str, what: &str) {
        tracing::warn!(
            route = self.feed.subscription.route,
            topic = self.feed.subscription.topic,
            partition = self.partition,
            offset = record.offset,
            why,
            "{what}"
        );
    }
}

fn verdict(answer: &Answer) -> Verdict {
    if answer.status == StatusCode::NOT_FOUND {
        return Verdict::Dropped("404: the app has no such route".to_owned());
    }
    if !answer.status.is_success() {
        return Verdict::Failed(format!("the app answered {}", answer.status));
    }
    match status(&answer.body).as_deref() {
        None | Some("" | "SUCCESS") => Verdict::Done,
        Some("DROP") => Verdict::Dropped("the app answered DROP".to_owned()),
        Some(other) => Verdict::Failed(format!("the app answered the status {other:?}")),
    }
}

/// The `status` of an answer. What is no object with a text there has none.
fn status(body: &[u8]) -> Option<String> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return None;
    };
    fields
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("status"))
        .and_then(|(_, value)| value.as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &'static str) -> Verdict {
        verdict(&Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.into(),
        })
    }

    #[test]
    fn an_answer_means_what_it_means_to_dapr() {
        for body in [
            "",
            "{}",
            r#"{"status":null}"#,
            r#"{"status":"SUCCESS"}"#,
            r#"{"success":true}"#,
            "hello",
            "[]",
            r#"{"status":5}"#,
        ] {
            assert_eq!(of(200, body), Verdict::Done, "{body}");
        }
        for body in [
            r#"{"status":"RETRY"}"#,
            r#"{"status":"success"}"#,
            r#"{"status":"already_processed"}"#,
        ] {
            assert!(matches!(of(204, body), Verdict::Failed(_)), "{body}");
        }
        assert!(matches!(
            of(200, r#"{"status":"DROP"}"#),
            Verdict::Dropped(_)
        ));
        assert!(matches!(of(404, ""), Verdict::Dropped(_)));
        for code in [302, 400, 401, 500, 503] {
            assert!(
                matches!(of(code, r#"{"status":"SUCCESS"}"#), Verdict::Failed(_)),
                "{code}"
            );
        }
    }
}
