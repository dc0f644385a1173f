//! What the sidecar delivers, and what it answers.

use bytes::Bytes;
use duebell_dapr::{
    Answer, Deliveries, Sidecar, SidecarError, Transport, TransportError, bulk_response,
};
use duebell_events::{CloudEvent, Event, Timestamp, Topic};
use duebell_subscriber::Delivered;
use futures::executor::block_on;
use http::{Request, Response, StatusCode};

/// The input as a delivery, one event or a batch, as an event's JSON, and as the
/// sidecar's answer to a call.
pub fn deliveries(input: &[u8]) {
    let body = Bytes::copy_from_slice(input);
    match Deliveries::parse(&body) {
        Ok(Deliveries::Single(event)) => assert_eq!(event, body),
        Ok(Deliveries::Bulk(entries)) => {
            for entry in &entries {
                envelope(&entry.event);
            }
            let done = Answer::Done;
            let answers = entries.iter().map(|entry| (entry.entry_id.as_str(), &done));
            let answer = bulk_response(answers);
            let statuses: serde_json::Value =
                serde_json::from_slice(answer.body()).expect("an answer is JSON");
            let statuses = statuses["statuses"].as_array().map(Vec::len);
            assert_eq!(statuses, Some(entries.len()));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    envelope(&body);
    if let Ok(text) = std::str::from_utf8(input) {
        event(text);
        timestamp(text);
    }
    for status in [StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR] {
        answer(status, &body);
    }
}

/// What was read of an envelope is written and read again as the same, and nothing that
/// is kept of one that is malformed is long.
fn envelope(bytes: &Bytes) {
    if let Ok(envelope) = CloudEvent::parse(bytes) {
        let written = envelope.to_json();
        let again = CloudEvent::parse(written.as_bytes()).expect("what was written is read");
        assert_eq!(again.to_json(), written);
        assert_eq!(again.data_bytes().ok(), envelope.data_bytes().ok());
    }
    for topic in Topic::ALL {
        match Delivered::parse(*topic, bytes) {
            Ok(delivered) => {
                assert_eq!(delivered.event.topic(), *topic);
                assert!(delivered.key.starts_with(topic.as_str()));
                assert_eq!(
                    Event::parse(*topic, &delivered.data),
                    Ok(delivered.event.clone())
                );
                let bare = Delivered::bare(delivered.event).expect("what was read can be written");
                assert_eq!(bare.topic, *topic);
            }
            Err(malformed) => {
                assert!(!malformed.reason.is_empty());
                assert!(malformed.reason.len() < 2_000, "{}", malformed.reason.len());
                assert!(malformed.key.len() < 2_000, "{}", malformed.key.len());
            }
        }
    }
}

/// What was read of an event can be written, and is read again as the same.
fn event(json: &str) {
    for topic in Topic::ALL {
        if let Ok(event) = Event::parse(*topic, json) {
            let written = event.to_json().expect("what was read can be written");
            assert_eq!(Event::parse(*topic, &written), Ok(event));
        }
    }
}

fn timestamp(text: &str) {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        assert_eq!(timestamp.to_string().parse(), Ok(timestamp));
    }
}

/// A sidecar that answers this to everything.
struct Says(StatusCode, Bytes);

impl Transport for Says {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut response = Response::new(self.1.clone());
        *response.status_mut() = self.0;
        Ok(response)
    }
}

fn answer(status: StatusCode, body: &Bytes) {
    let sidecar = Sidecar::new("http://sidecar", None, Says(status, body.clone()));
    let entries = [duebell_dapr::BulkEntry {
        entry_id: "1".to_owned(),
        event: Bytes::from_static(b"{}"),
        content_type: "application/json".to_owned(),
        metadata: Vec::new(),
    }];
    let _ = block_on(sidecar.bulk_publish("pubsub", "topic", &entries));
    if let Err(SidecarError::Refused { code, message, .. }) = block_on(sidecar.get_job("job")) {
        // Some 500 bytes each: they end up in logs.
        assert!(code.len() < 600 && message.len() < 600);
    }
}
