//! Publishing.

use std::time::Duration;

use bytes::Bytes;
use duebell_dapr::{
    BulkEntry, BulkOutcome, FailedEntry, Message, Sidecar, SidecarError, TransportError,
};
use futures::executor::block_on;
use http::StatusCode;

use crate::Scripted;

fn message(metadata: &[(&str, &str)]) -> Message {
    Message {
        body: Bytes::from_static(b"{\"id\":\"1\"}"),
        content_type: "application/cloudevents+json".to_owned(),
        metadata: pairs(metadata),
    }
}

fn pairs(metadata: &[(&str, &str)]) -> Vec<(String, String)> {
    metadata
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn entry(entry_id: &str, event: &str) -> BulkEntry {
    BulkEntry {
        entry_id: entry_id.to_owned(),
        event: Bytes::copy_from_slice(event.as_bytes()),
        content_type: "application/cloudevents+json".to_owned(),
        metadata: pairs(&[("partitionKey", "alice")]),
    }
}

#[test]
fn a_message_is_posted_with_its_type_its_metadata_and_the_token() {
    let script = Scripted::answering(204, "");
    let published = block_on(script.sidecar().publish(
        "pubsub-kafka",
        "task-events",
        &message(&[("partitionKey", "a&b é"), ("ttlInSeconds", "60")]),
    ));
    assert_eq!(published, Ok(()));
    assert_eq!(
        script.asked(),
        "POST /v1.0/publish/pubsub-kafka/task-events\
         ?metadata.partitionKey=a%26b%20%C3%A9&metadata.ttlInSeconds=60 {\"id\":\"1\"}"
    );
    assert_eq!(script.header("dapr-api-token").as_deref(), Some("secret"));
    assert_eq!(
        script.header("content-type").as_deref(),
        Some("application/cloudevents+json")
    );
}

#[test]
fn an_empty_token_is_not_sent() {
    let script = Scripted::answering(204, "");
    let sidecar = Sidecar::new("http://127.0.0.1:3500", Some(String::new()), &script);
    assert_eq!(block_on(sidecar.publish("p", "t", &message(&[]))), Ok(()));
    assert_eq!(script.header("dapr-api-token"), None);
}

#[test]
fn no_name_leads_to_another_path() {
    let script = Scripted::answering(204, "");
    let published = block_on(script.sidecar().publish("..", "a/b?c#d", &message(&[])));
    assert_eq!(published, Ok(()));
    assert_eq!(
        script.asked(),
        "POST /v1.0/publish/%2E%2E/a%2Fb%3Fc%23d {\"id\":\"1\"}"
    );
}

#[test]
fn a_refusal_says_what_dapr_says() {
    let body = r#"{"errorCode":"ERR_PUBSUB_NOT_FOUND","message":"pubsub x is not found","details":[{"reason":"y"}]}"#;
    let script = Scripted::answering(404, body);
    let error = block_on(script.sidecar().publish("x", "t", &message(&[]))).unwrap_err();
    assert_eq!(
        error,
        SidecarError::Refused {
            status: StatusCode::NOT_FOUND,
            code: "ERR_PUBSUB_NOT_FOUND".to_owned(),
            message: "pubsub x is not found".to_owned(),
        }
    );
    assert_eq!(
        error.to_string(),
        "the sidecar answered 404: ERR_PUBSUB_NOT_FOUND: pubsub x is not found"
    );
}

#[test]
fn a_refusal_in_plain_text_is_kept_short() {
    let script = Scripted::answering(401, "invalid api token");
    let error = block_on(script.sidecar().publish("x", "t", &message(&[]))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sidecar answered 401: invalid api token"
    );
    let script = Scripted::answering(502, &"é".repeat(9_000));
    let error = block_on(script.sidecar().publish("x", "t", &message(&[]))).unwrap_err();
    assert!(error.to_string().len() < 600);
}

#[test]
fn a_sidecar_that_is_away_is_an_error_that_says_so() {
    let script = Scripted::with(Err(TransportError::TimedOut(Duration::from_secs(4))));
    let error = block_on(script.sidecar().publish("p", "t", &message(&[]))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sidecar cannot be reached: no answer within 4s"
    );
}

#[test]
fn what_cannot_be_sent_is_told_without_the_token() {
    let script = Scripted::default();
    for (url, token) in [
        ("no url at all", "t"),
        ("http://127.0.0.1:3500", "sec\nret"),
    ] {
        let sidecar = Sidecar::new(url, Some(token.to_owned()), &script);
        let error = block_on(sidecar.publish("p", "t", &message(&[]))).unwrap_err();
        assert!(matches!(error, SidecarError::Unusable(_)), "{error}");
        assert!(!error.to_string().contains("ret"));
    }
}

#[test]
fn many_messages_go_in_one_call() {
    let script = Scripted::answering(204, "");
    let entries = [entry("1", "{\"a\": 1.0}"), entry("2", "{}")];
    let published = block_on(script.sidecar().bulk_publish(
        "pubsub-kafka",
        "task-events",
        &entries,
    ));
    assert_eq!(published, Ok(BulkOutcome::AllPublished));
    assert_eq!(
        script.asked(),
        "POST /v1.0/publish/bulk/pubsub-kafka/task-events \
         [{\"entryId\":\"1\",\"event\":{\"a\": 1.0},\"contentType\":\"application/cloudevents+json\",\"metadata\":{\"partitionKey\":\"alice\"}},\
         {\"entryId\":\"2\",\"event\":{},\"contentType\":\"application/cloudevents+json\",\"metadata\":{\"partitionKey\":\"alice\"}}]"
    );
    assert_eq!(
        script.header("content-type").as_deref(),
        Some("application/json")
    );
}

#[test]
fn of_many_messages_some_may_fail() {
    let body = r#"{"failedEntries":[{"entryId":"2","error":"kafka is away"},{"entryId":"3"}],"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE"}"#;
    let script = Scripted::answering(500, body);
    let published = block_on(script.sidecar().bulk_publish("p", "t", &[entry("2", "{}")]));
    let failed = |entry_id: &str, error: &str| FailedEntry {
        entry_id: entry_id.to_owned(),
        error: error.to_owned(),
    };
    assert_eq!(
        published,
        Ok(BulkOutcome::Failed(vec![
            failed("2", "kafka is away"),
            failed("3", "")
        ]))
    );
}

#[test]
fn a_bulk_call_that_fails_as_a_whole_is_an_error() {
    for body in [
        r#"{"errorCode":"ERR_PUBSUB_EVENTS_SER","message":"entryId is duplicated"}"#,
        r#"{"failedEntries":[],"errorCode":"ERR_PUBSUB_EVENTS_SER"}"#,
    ] {
        let script = Scripted::answering(400, body);
        let published = block_on(script.sidecar().bulk_publish("p", "t", &[entry("1", "{}")]));
        let error = published.unwrap_err().to_string();
        assert!(error.contains("400: ERR_PUBSUB_EVENTS_SER"), "{error}");
    }
}

#[test]
fn no_messages_need_no_call() {
    let script = Scripted::default();
    let published = block_on(script.sidecar().bulk_publish("p", "t", &[]));
    assert_eq!(published, Ok(BulkOutcome::AllPublished));
}

#[test]
fn an_entry_that_is_no_json_is_named_and_nothing_is_sent() {
    let script = Scripted::default();
    let published = block_on(script.sidecar().bulk_publish(
        "p",
        "t",
        &[entry("7", "{"), entry("8", "1")],
    ));
    let error = published.unwrap_err().to_string();
    assert!(
        error.starts_with("the event of entry \"7\" is no JSON"),
        "{error}"
    );
}
