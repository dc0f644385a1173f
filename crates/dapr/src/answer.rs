//! What the sidecar is told about a delivery.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response};
use serde::Serialize;

/// The header that says of a success whether it was the first.
pub const OUTCOME: HeaderName = HeaderName::from_static("duebell-outcome");

/// What became of a delivered event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It took effect.
    Done,
    /// It had taken effect before.
    AlreadyDone,
    /// It did not, and is to be delivered again. Says why, for logs: Dapr is not
    /// told.
    Retry(String),
    /// It never will: to the dead-letter topic, or away where there is none. Says
    /// why, for logs.
    Drop(String),
}

impl Answer {
    /// Dapr's name for it. It retries whatever other name it is told.
    fn status(&self) -> &'static str {
        match self {
            Self::Done | Self::AlreadyDone => "SUCCESS",
            Self::Retry(_) => "RETRY",
            Self::Drop(_) => "DROP",
        }
    }
}

/// The answer to one event. A success has an empty body, which is the quickest.
pub fn single_response(answer: &Answer) -> Response<Bytes> {
    let outcome = match answer {
        Answer::Done => "done",
        Answer::AlreadyDone => "already_processed",
        Answer::Retry(_) => return json(br#"{"status":"RETRY"}"#),
        Answer::Drop(_) => return json(br#"{"status":"DROP"}"#),
    };
    let mut response = Response::new(Bytes::new());
    response
        .headers_mut()
        .insert(OUTCOME, HeaderValue::from_static(outcome));
    response
}

#[derive(Serialize)]
struct Statuses<'a> {
    statuses: Vec<Status<'a>>,
}

#[derive(Serialize)]
struct Status<'a> {
    #[serde(rename = "entryId")]
    entry_id: &'a str,
    status: &'static str,
}

/// The answer to a batch: entry ids with what became of them. Dapr delivers again
/// whatever it is not told of.
///
/// If one entry is to come again, all are: daprd (1.18.2, `DeliverBulk`) looks for a
/// dropped entry in the repeated batch by its place in the first one. Were the repeat
/// shorter, it would dead-letter another event in its stead, or end by a panic. So what
/// is done has to be known again when it comes again, as ever; and what is dropped, too.
pub fn bulk_response<'a>(
    answers: impl IntoIterator<Item = (&'a str, &'a Answer)>,
) -> Response<Bytes> {
    let answers: Vec<(&str, &Answer)> = answers.into_iter().collect();
    let all_again = answers
        .iter()
        .find(|(_, answer)| matches!(answer, Answer::Retry(_)));
    let status = |answer: &Answer| all_again.map_or(answer.status(), |(_, again)| again.status());
    let statuses = answers
        .iter()
        .map(|(entry_id, answer)| Status {
            entry_id,
            status: status(answer),
        })
        .collect();
    // Strings become JSON without fail; were it otherwise, an empty answer would
    // be a retry.
    json(serde_json::to_vec(&Statuses { statuses }).unwrap_or_default())
}

fn json(body: impl AsRef<[u8]>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(body.as_ref()));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
