//! A delivery over HTTP.

use crate::{Handler, Subscriber};
use bytes::Bytes;
use duebell_dapr::{Answer, Deliveries, Transport, bulk_response, single_response};
use duebell_events::Topic;
use duebell_service::Logger;
use http::Response;

impl<H: Handler, T: Transport> Subscriber<H, T> {
    /// Answers a request of the sidecar's, one event or a batch. Whoever calls
    /// this has checked the app's token.
    pub async fn answer(&self, topic: Topic, body: &Bytes, logger: &Logger) -> Response<Bytes> {
        match Deliveries::parse(body) {
            Ok(Deliveries::Single(event)) => {
                let answers = self.deliver(topic, &[event]).await;
                let answer = answers
                    .into_iter()
                    .next()
                    .unwrap_or_else(|| Answer::Retry("it was not handled".to_owned()));
                tell(logger, topic, &answer);
                single_response(&answer)
            }
            Ok(Deliveries::Bulk(entries)) => {
                let events: Vec<Bytes> = entries.iter().map(|entry| entry.event.clone()).collect();
                let answers = self.deliver(topic, &events).await;
                for answer in &answers {
                    tell(logger, topic, answer);
                }
                bulk_response(
                    entries
                        .iter()
                        .map(|entry| entry.entry_id.as_str())
                        .zip(&answers),
                )
            }
            Err(error) => {
                let answer = Answer::Drop(error.to_string());
                tell(logger, topic, &answer);
                single_response(&answer)
            }
        }
    }
}

/// What did not take effect is worth a word.
fn tell(logger: &Logger, topic: Topic, answer: &Answer) {
    let topic = ("topic", topic.as_str().into());
    match answer {
        Answer::Done | Answer::AlreadyDone => {}
        Answer::Retry(why) => logger.warn(
            "an event is to be delivered again",
            &[topic, ("why", why.as_str().into())],
        ),
        Answer::Drop(why) => logger.error(
            "an event was dropped",
            &[topic, ("why", why.as_str().into())],
        ),
    }
}
