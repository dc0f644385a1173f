//! Deliveries in, answers out.

use bytes::Bytes;
use duebell_dapr::{Answer, Deliveries, bulk_response, single_response, token_matches};
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;

fn parse(body: &str) -> Deliveries {
    Deliveries::parse(&Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

#[test]
fn one_event_is_kept_byte_for_byte() {
    let body = r#" {"specversion":"1.0", "data" : 1.0} "#;
    assert_eq!(
        parse(body),
        Deliveries::Single(Bytes::from_static(body.as_bytes()))
    );
}

#[test]
fn an_event_with_an_extension_called_entries_is_no_batch() {
    let event = parse(r#"{"specversion":"1.0","entries":[]}"#);
    assert!(matches!(event, Deliveries::Single(_)));
    let foreign = parse(r#"{"entries":"three"}"#);
    assert!(
        matches!(foreign, Deliveries::Single(_)),
        "a string is no list"
    );
}

#[test]
fn a_batch_is_taken_apart_in_order() {
    let body = r#"{"entries":[
        {"entryId":"a","event":{"id": "1"},"metadata":{"__key":"alice","odd":7},"contentType":"application/cloudevents+json"},
        {"entryId":"b","event":"AAE=","metadata":null}
    ],"id":"1","metadata":{"x":"y"},"pubsubname":"p","topic":"t","type":"com.dapr.event.sent.bulk"}"#;
    let Deliveries::Bulk(entries) = parse(body) else {
        panic!("it is a batch");
    };
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].entry_id, "a");
    assert_eq!(entries[0].event, r#"{"id": "1"}"#);
    assert_eq!(entries[0].content_type, "application/cloudevents+json");
    assert_eq!(
        entries[0].metadata,
        [("__key".to_owned(), "alice".to_owned())]
    );
    assert_eq!(entries[1].event, "\"AAE=\"");
    assert_eq!(entries[1].content_type, "");
}

#[test]
fn one_odd_entry_does_not_spoil_the_batch() {
    let body = r#"{"entries":[7,{"event":{}},{"entryId":5},{"entryId":"a","contentType":{},"metadata":[]},{"entryId":"b","event":{}}]}"#;
    let Deliveries::Bulk(entries) = parse(body) else {
        panic!("it is a batch");
    };
    let ids: Vec<&str> = entries
        .iter()
        .map(|entry| entry.entry_id.as_str())
        .collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(entries[0].event, "null");
}

#[test]
fn what_is_no_object_is_no_delivery() {
    for body in ["", "7", "[]", "[null,[]]", "{", "\"{}\"", "null"] {
        assert!(
            Deliveries::parse(&Bytes::copy_from_slice(body.as_bytes())).is_err(),
            "{body}"
        );
    }
}

#[test]
fn a_success_is_an_empty_200_that_says_whether_it_was_the_first() {
    for (answer, outcome) in [
        (Answer::Done, "done"),
        (Answer::AlreadyDone, "already_processed"),
    ] {
        let response = single_response(&answer);
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.body().is_empty());
        assert_eq!(response.headers()["duebell-outcome"], outcome);
    }
}

#[test]
fn a_failure_says_what_dapr_is_to_do_and_not_why() {
    let why = || "the database is away".to_owned();
    let retry = single_response(&Answer::Retry(why()));
    assert_eq!(retry.status(), StatusCode::OK);
    assert_eq!(retry.headers()["content-type"], "application/json");
    assert_eq!(retry.body(), r#"{"status":"RETRY"}"#);
    let drop = single_response(&Answer::Drop(why()));
    assert_eq!(drop.body(), r#"{"status":"DROP"}"#);
}

#[test]
fn a_batch_is_answered_entry_by_entry() {
    let answers = [
        ("a", Answer::Done),
        ("b\"", Answer::AlreadyDone),
        ("c", Answer::Drop(String::new())),
    ];
    let response = bulk_response(answers.iter().map(|(id, answer)| (*id, answer)));
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.body(),
        r#"{"statuses":[{"entryId":"a","status":"SUCCESS"},{"entryId":"b\"","status":"SUCCESS"},{"entryId":"c","status":"DROP"}]}"#
    );
}

#[test]
fn if_one_entry_of_a_batch_is_to_come_again_all_are() {
    let answers = [
        ("a", Answer::Done),
        ("b", Answer::Retry(String::new())),
        ("c", Answer::Drop(String::new())),
    ];
    let response = bulk_response(answers.iter().map(|(id, answer)| (*id, answer)));
    assert_eq!(
        response.body(),
        r#"{"statuses":[{"entryId":"a","status":"RETRY"},{"entryId":"b","status":"RETRY"},{"entryId":"c","status":"RETRY"}]}"#
    );
}

fn shown(tokens: &[&'static str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for token in tokens {
        headers.append("dapr-api-token", HeaderValue::from_static(token));
    }
    headers
}

#[test]
fn only_the_apps_own_token_shown_once_matches() {
    assert!(token_matches(&shown(&["secret"]), "secret"));
    for tokens in [
        &[][..],
        &[""],
        &["secre"],
        &["secrets"],
        &["SECRET"],
        &["secret", "secret"],
    ] {
        assert!(!token_matches(&shown(tokens), "secret"), "{tokens:?}");
    }
}

#[test]
fn an_app_without_a_token_takes_nothing() {
    for tokens in [&[][..], &[""], &["secret"]] {
        assert!(!token_matches(&shown(tokens), ""));
    }
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_panic(bytes in any::<Vec<u8>>()) {
        let _ = Deliveries::parse(&Bytes::from(bytes));
    }

    #[test]
    fn no_text_in_a_batch_makes_the_reader_panic(entries in "[\\[\\]{}\":,a1 ]{0,40}") {
        let _ = Deliveries::parse(&Bytes::from(format!("{{\"entries\":{entries}}}")));
        let _ = Deliveries::parse(&Bytes::from(format!("{{\"entries\":[{{\"entryId\":\"a\",{entries}}}]}}")));
    }
}
