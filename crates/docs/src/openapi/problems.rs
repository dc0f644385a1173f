//! Error answers: a response for each status, with an example of each problem,
//! made by the code that answers.

use super::responses;
use crate::{examples::TRACE_ID, schemas::reference};
use duebell_service::{FieldError, Problem, body::MAX_BODY, problem::Kind};
use serde_json::{Map, Value, json};

/// What every request of a user's may come to.
pub(super) const ALWAYS: &[Kind] = &[
    Kind::Unauthorized,
    Kind::TooMany,
    Kind::UserErased,
    Kind::Internal,
    Kind::Busy,
];

/// Adds the answers for these kinds of problems, one for each status.
pub(super) fn add(responses: &mut Map<String, Value>, kinds: &[Kind]) {
    for kind in kinds {
        let status = kind.status().as_u16().to_string();
        if responses.contains_key(&status) {
            continue;
        }
        let same: Vec<Kind> = kinds
            .iter()
            .copied()
            .filter(|other| other.status() == kind.status())
            .collect();
        responses.insert(status, response(&same));
    }
}

/// The answer to a method that a path does not have. It belongs to no operation.
pub(super) fn method_not_allowed() -> Value {
    response(&[Kind::MethodNotAllowed])
}

fn response(kinds: &[Kind]) -> Value {
    let description: Vec<String> = kinds
        .iter()
        .map(|kind| format!("{}.", kind.title()))
        .collect();
    let examples: Map<String, Value> = kinds
        .iter()
        .map(|kind| {
            (
                slug(*kind).to_owned(),
                json!({ "$ref": format!("#/components/examples/{}", slug(*kind)) }),
            )
        })
        .collect();
    let mut headers = Map::new();
    for kind in kinds {
        if let Some(name) = header(*kind) {
            headers.insert(name.to_owned(), responses::header(name));
        }
    }
    let mut response = json!({
        "description": description.join(" "),
        "content": {
            "application/problem+json": { "schema": reference("Problem"), "examples": examples },
        },
    });
    if let (Some(response), false) = (response.as_object_mut(), headers.is_empty()) {
        response.insert("headers".to_owned(), Value::Object(headers));
    }
    response
}

/// The header that comes with a problem.
fn header(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Unauthorized | Kind::Forbidden => Some("WWW-Authenticate"),
        Kind::MethodNotAllowed => Some("Allow"),
        Kind::IdempotencyConflict | Kind::TooMany | Kind::Busy => Some("Retry-After"),
        _ => None,
    }
}

/// The last part of a problem's type: `validation-failed`.
fn slug(kind: Kind) -> &'static str {
    kind.uri().rsplit('/').next().unwrap_or_default()
}

/// An example of each problem, by the last part of its type.
pub(super) fn examples() -> anyhow::Result<Map<String, Value>> {
    Kind::ALL
        .iter()
        .map(|kind| {
            let Some(problem) = problem(*kind) else {
                anyhow::bail!("{kind:?} has no example");
            };
            let answer = problem.with_trace_id(TRACE_ID).into_response();
            let value: Value = serde_json::from_slice(answer.body())?;
            Ok((
                slug(*kind).to_owned(),
                json!({ "summary": kind.title(), "value": value }),
            ))
        })
        .collect()
}

fn problem(kind: Kind) -> Option<Problem> {
    Some(match kind {
        Kind::MalformedJson => {
            Problem::malformed_json("At line 1, column 11: expected value. Send valid JSON.")
        }
        Kind::InvalidRequest => Problem::parameter("limit", "Use a number from 1 to 200."),
        Kind::Unauthorized => Problem::token_missing(),
        Kind::Forbidden => Problem::operator_needed(),
        Kind::UserErased => Problem::user_erased(),
        Kind::NotFound => Problem::not_found(),
        Kind::MethodNotAllowed => Problem::method_not_allowed("GET, HEAD, POST"),
        Kind::NotAcceptable => Problem::not_acceptable("text/event-stream, application/json"),
        Kind::IdempotencyConflict => Problem::idempotency_conflict(),
        Kind::Conflict => {
            Problem::conflict("This dead letter is settled: there is nothing to replay.")
        }
        Kind::PreconditionFailed => Problem::precondition_failed(),
        Kind::Gone => Problem::gone(
            "Updates are kept for seven days: load everything again, and go on from the position that GET /api/updates has without `since`.",
        ),
        Kind::BodyTooLarge => Problem::body_too_large(MAX_BODY),
        Kind::UnsupportedMediaType => Problem::unsupported_media_type("application/json"),
        Kind::ValidationFailed => Problem::validation([
            FieldError::pointer("/title", "Use at most 200 characters."),
            FieldError::pointer("/tags/3", "It is there already: remove it."),
        ]),
        Kind::IdempotencyMismatch => Problem::idempotency_mismatch(),
        Kind::TooMany => Problem::too_many(
            "You have 32 open streams, which is the most: close one.",
            15,
        ),
        Kind::Internal => Problem::internal(),
        Kind::BadGateway => Problem::bad_gateway(
            "notifier gave no answer (connection refused): see that it runs, and replay again. The dead letter stays open.",
        ),
        Kind::Busy => Problem::busy(1),
        // A kind that is new has an example first: the test of the kept file says so.
        _ => return None,
    })
}
