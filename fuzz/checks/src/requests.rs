//! What every request may carry: query parameters, cursors and headers.

use crate::{lines, now, problem::refused};
use duebell_edge::parameters::{client_id, escape, required, time};
use duebell_service::body::{expect_json, expect_merge_patch};
use duebell_service::{
    CursorCodec, ETag, IdempotencyKey, IfMatch, Limit, Problem, Query, SeededEntropy, TraceContext,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The parameters that are known.
const KNOWN: &[&str] = &["limit", "cursor", "due_before", "tag"];

/// The headers that are read.
const READ: &[&str] = &[
    "content-type",
    "idempotency-key",
    "if-match",
    "traceparent",
    "x-client-id",
];

/// The input as a request: its first line is the query, the others are headers.
pub fn requests(input: &[u8]) {
    let [first, rest] = lines(input);
    if let Ok(text) = std::str::from_utf8(first) {
        query(text);
        cursor(text);
    }
    headers(rest);
}

/// What is wrong with it is said, as something that the client can mend.
fn or_refused<T>(read: Result<T, Problem>) -> Option<T> {
    read.map_err(refused).ok()
}

fn query(text: &str) {
    let Some(query) = or_refused(Query::parse(Some(text), KNOWN)) else {
        return;
    };
    for name in KNOWN {
        if let Some(value) = query.get(name) {
            let again = format!("{name}={}", escape(value));
            if let Ok(again) = Query::parse(Some(&again), KNOWN) {
                assert_eq!(again.get(name), Some(value));
            }
        }
    }
    if let Some(limit) = or_refused(Limit::parse(query.get("limit"))) {
        assert!((1..=200).contains(&limit.get()));
    }
    or_refused(time(&query, "due_before"));
    or_refused(required(&query, "tag"));
    cursor(query.get("cursor").unwrap_or_default());
}

/// Only a cursor that was made is read, and only where it was made for.
fn cursor(cursor: &str) {
    let codec = CursorCodec::new(b"key");
    let made = codec.encode("alice", &7).expect("a number can be written");
    match codec.decode::<i64>("alice", cursor) {
        Ok(position) => assert_eq!((position, cursor), (7, made.as_str())),
        Err(problem) => refused(problem),
    }
    assert!(codec.decode::<i64>("bob", cursor).is_err());
}

fn headers(text: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        if let Ok(name) = HeaderName::from_bytes(name)
            && READ.contains(&name.as_str())
            && let Ok(value) = HeaderValue::from_bytes(value.get(1..).unwrap_or_default())
        {
            headers.append(name, value);
        }
    }
    if_match(&headers);
    if let Some(Some(key)) = or_refused(IdempotencyKey::from_headers(&headers)) {
        let is_visible = key.as_str().bytes().all(|byte| byte.is_ascii_graphic());
        assert!(is_visible && (1..=255).contains(&key.as_str().len()));
    }
    if let Some(Some(id)) = or_refused(client_id(&headers)) {
        assert!((1..=128).contains(&id.len()));
    }
    or_refused(expect_json(&headers));
    or_refused(expect_merge_patch(&headers));
    let entropy = SeededEntropy::new(now().timestamp().unsigned_abs());
    let trace = TraceContext::from_headers(&headers, &entropy);
    assert_eq!(TraceContext::parse(&trace.to_string()), Some(trace));
}

fn if_match(headers: &HeaderMap) {
    let Some(Some(IfMatch::Versions(versions))) = or_refused(IfMatch::parse(headers)) else {
        return;
    };
    for version in versions {
        let mut again = HeaderMap::new();
        let tag = ETag::new(version).to_string();
        assert!(
            headers
                .get_all("if-match")
                .iter()
                .any(|value| { value.to_str().is_ok_and(|value| value.contains(&tag)) })
        );
        again.insert("if-match", HeaderValue::try_from(tag).expect("it is ASCII"));
        let only = Some(IfMatch::Versions(vec![version]));
        assert_eq!(IfMatch::parse(&again).expect("it is a tag"), only);
    }
}
