//! A delivery over HTTP.

use crate::{Delivered, Handler, Subscriber, counting::outcome};
use bytes::Bytes;
use duebell_dapr::{Answer, Deliveries, Transport, bulk_response, single_response};
use duebell_events::Topic;
use duebell_service::{Logger, TraceContext, log::Level};
use http::Response;

impl<H: Handler, T: Transport> Subscriber<H, T> {
    /// Answers a request of the sidecar's, one event or a batch. Whoever calls
    /// this has checked the app's token.
    pub async fn answer(&self, topic: Topic, body: &Bytes, logger: &Logger) -> Response<Bytes> {
        match Deliveries::parse(body) {
            Ok(Deliveries::Single(event)) => {
                let answers = self.deliver_and_tell(topic, &[event], logger).await;
                let answer = answers
                    .into_iter()
                    .next()
                    .unwrap_or_else(|| Answer::Retry("it was not handled".to_owned()));
                single_response(&answer)
            }
            Ok(Deliveries::Bulk(entries)) => {
                let events: Vec<Bytes> = entries.iter().map(|entry| entry.event.clone()).collect();
                let answers = self.deliver_and_tell(topic, &events, logger).await;
                bulk_response(
                    entries
                        .iter()
                        .map(|entry| entry.entry_id.as_str())
                        .zip(&answers),
                )
            }
            Err(error) => {
                let answer = Answer::Drop(error.to_string());
                tell(logger, topic, None, &answer);
                single_response(&answer)
            }
        }
    }

    async fn deliver_and_tell(
        &self,
        topic: Topic,
        events: &[Bytes],
        logger: &Logger,
    ) -> Vec<Answer> {
        let answered = self.deliver_each(topic, events).await;
        for (event, answer) in &answered {
            tell(logger, topic, event.as_ref(), answer);
        }
        answered.into_iter().map(|(_, answer)| answer).collect()
    }
}

/// A line for each event, in the trace that it happened in. What did not take effect
/// is worth a word to everybody, what did to those who look for one trace.
fn tell(logger: &Logger, topic: Topic, event: Option<&Delivered>, answer: &Answer) {
    let (level, message, why) = match answer {
        Answer::Done | Answer::AlreadyDone => (Level::Debug, "an event was handled", None),
        Answer::Retry(why) => (Level::Warn, "an event is to be delivered again", Some(why)),
        Answer::Drop(why) => (Level::Error, "an event was dropped", Some(why)),
    };
    if !logger.writes(level) {
        return;
    }
    let mut fields = vec![
        ("topic", topic.as_str().into()),
        ("outcome", outcome(answer).into()),
    ];
    if let Some(event) = event {
        fields.push(("event_type", event.event.event_type().into()));
    }
    if let Some(why) = why {
        fields.push(("why", why.as_str().into()));
    }
    let trace = event
        .and_then(|event| event.traceparent.as_deref())
        .and_then(TraceContext::parse);
    match trace {
        Some(trace) => logger.for_trace(trace).write(level, message, &fields),
        None => logger.write(level, message, &fields),
    }
}
