//! `GET /api/updates`: as a stream or as a page, whichever the client accepts.

use super::{stream, sync};
use crate::{app::App, session::Session};
use bytes::Bytes;
use duebell_callers::Budget;
use duebell_edge::{Failure, streaming::Answer};
use duebell_service::{Problem, Query};
use http::{HeaderMap, Request, header::ACCEPT};

/// What a client may ask for.
const PARAMETERS: &[&str] = &["since", "limit", "ticket"];

/// What a position has to be.
const EXPECTED: &str = "Use the `id` of the last update that you saw, or leave it out.";

const STREAM: &str = "text/event-stream";
const JSON: &str = "application/json";

pub(crate) async fn updates(
    app: &App,
    request: &Request<Bytes>,
    budget: &mut Option<Budget>,
) -> Result<Answer, Failure> {
    let query = Query::parse(request.uri().query(), PARAMETERS)?;
    let form = Form::accepted(request.headers())?;
    let since = position(&query, request.headers())?;
    match form {
        Form::Stream => {
            if query.get("limit").is_some() {
                let detail = "A stream has no limit: leave it out, or accept application/json.";
                return Err(Problem::parameter("limit", detail).into());
            }
            let session = Session::of(app, request.headers(), &query, budget).await?;
            stream::stream(app, request.method(), session, since).await
        }
        Form::Page => {
            let limit = duebell_service::Limit::parse(query.get("limit"))?;
            let session = Session::of(app, request.headers(), &query, budget).await?;
            Ok(sync::sync(app, &session, since, limit.get()).await?.into())
        }
    }
}

/// How updates are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Stream,
    Page,
}

impl Form {
    /// What `Accept` says (RFC 9110, section 12.5.1), without weights: a stream, if
    /// it is as welcome as a page.
    fn accepted(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut ranges = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|range| range.split(';').next().unwrap_or_default().trim())
            .filter(|range| !range.is_empty())
            .peekable();
        if ranges.peek().is_none() {
            return Ok(Self::Stream);
        }
        let mut form = None;
        for range in ranges {
            match range.to_ascii_lowercase().as_str() {
                STREAM | "text/*" => return Ok(Self::Stream),
                JSON | "application/*" => form = Some(Self::Page),
                "*/*" => form = form.or(Some(Self::Stream)),
                _ => {}
            }
        }
        form.ok_or_else(|| Problem::not_acceptable(&format!("{STREAM}, {JSON}")))
    }
}

/// Where a client is: by the header that event sources send when they come back, or
/// by `since`. None: it starts with what comes next.
fn position(query: &Query<'_>, headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    // An event source that comes back sends both: what is wrong is wrong in either.
    let since = since(query)?;
    match headers.get("last-event-id") {
        // An event source that saw no id yet sends none, or an empty one.
        Some(id) if !id.is_empty() => id
            .to_str()
            .ok()
            .and_then(number)
            .map(Some)
            .ok_or_else(|| Problem::header("Last-Event-ID", EXPECTED)),
        _ => Ok(since),
    }
}

/// Where a client is, by `since`.
pub(crate) fn since(query: &Query<'_>) -> Result<Option<i64>, Problem> {
    query
        .get("since")
        .map(|text| number(text).ok_or_else(|| Problem::parameter("since", EXPECTED)))
        .transpose()
}

/// A number as an `id` has it: digits alone.
pub(crate) fn number(text: &str) -> Option<i64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(values: &[&'static str]) -> Result<Form, u16> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT, http::HeaderValue::from_static(value));
        }
        Form::accepted(&headers).map_err(|problem| problem.status().as_u16())
    }

    #[test]
    fn whoever_does_not_care_gets_a_stream() {
        assert_eq!(accepting(&[]), Ok(Form::Stream));
        assert_eq!(accepting(&["*/*"]), Ok(Form::Stream));
        assert_eq!(accepting(&["text/event-stream"]), Ok(Form::Stream));
        assert_eq!(
            accepting(&["application/json", "Text/Event-Stream"]),
            Ok(Form::Stream)
        );
    }

    #[test]
    fn whoever_wants_json_gets_a_page() {
        assert_eq!(accepting(&["application/json"]), Ok(Form::Page));
        assert_eq!(
            accepting(&["application/json;q=0.9, */*;q=0.1"]),
            Ok(Form::Page)
        );
        assert_eq!(accepting(&["text/html, image/png"]), Err(406));
    }

    #[test]
    fn the_header_goes_before_a_since_that_has_to_be_sound() {
        let of = |text: &'static str, id: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("last-event-id", http::HeaderValue::from_static(id));
            let query = Query::parse(Some(text), PARAMETERS).unwrap();
            position(&query, &headers).map_err(|problem| problem.status().as_u16())
        };
        assert_eq!(of("since=41", "42"), Ok(Some(42)));
        assert_eq!(of("since=41", ""), Ok(Some(41)));
        assert_eq!(of("since=41", "x"), Err(400));
        for wrong in ["since=", "since=x", "since=9223372036854775808"] {
            assert_eq!(of(wrong, "42"), Err(400), "{wrong}");
            assert_eq!(of(wrong, ""), Err(400), "{wrong}");
        }
    }

    #[test]
    fn a_position_is_a_number_and_nothing_else() {
        assert_eq!(number("0"), Some(0));
        assert_eq!(number("42"), Some(42));
        for text in ["", "-1", "+1", " 1", "1.0", "0x1", "99999999999999999999"] {
            assert_eq!(number(text), None, "{text:?}");
        }
    }
}
