//! Bodies in, JSON out.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::Segment;

use crate::{FieldError, Problem};

/// How long a body may be, in bytes: 256 KiB.
pub const MAX_BODY: usize = 256 * 1024;

/// Media types that a JSON body may have.
const JSON: &[&str] = &["application/json"];

/// Media types that a merge patch may have; plain JSON is taken as well, since
/// this is the only patch that there is.
const MERGE_PATCH: &[&str] = &["application/merge-patch+json", "application/json"];

/// Checks that a body says it is JSON, or says nothing.
///
/// # Errors
/// 415 if it says something else.
pub fn expect_json(headers: &HeaderMap) -> Result<(), Problem> {
    expect(headers, JSON)
}

/// Checks that a body says it is a merge patch (RFC 7396) or JSON, or says
/// nothing.
///
/// # Errors
/// 415 if it says something else.
pub fn expect_merge_patch(headers: &HeaderMap) -> Result<(), Problem> {
    expect(headers, MERGE_PATCH)
}

fn expect(headers: &HeaderMap, types: &[&str]) -> Result<(), Problem> {
    let refused = || Problem::unsupported_media_type(&types.join(" or "));
    for value in headers.get_all(CONTENT_TYPE) {
        let value = value.to_str().map_err(|_| refused())?;
        let essence = value.split(';').next().unwrap_or_default().trim();
        if !types
            .iter()
            .any(|known| known.eq_ignore_ascii_case(essence))
        {
            return Err(refused());
        }
    }
    Ok(())
}

/// Reads a body as JSON.
///
/// # Errors
/// 413 if it is longer than [`MAX_BODY`]; 400 with line and column if it is no
/// JSON; 422 with the field's pointer if it is JSON, but not what `T` takes: an
/// unknown field, a missing one, one of the wrong kind.
pub fn read_json<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    if body.len() > MAX_BODY {
        return Err(Problem::body_too_large(MAX_BODY));
    }
    // serde_json looks at what it reads alone; what is skipped has to be JSON, too.
    let text = std::str::from_utf8(body).map_err(|error| {
        let at = error.valid_up_to();
        Problem::malformed_json(format!(
            "After byte {at}: this is no UTF-8. Send valid JSON."
        ))
    })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let (pointer, error) = (pointer(error.path()), error.into_inner());
        refusal(pointer, &error)
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn refusal(pointer: String, error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Syntax | Category::Eof | Category::Io => malformed(error),
        Category::Data => {
            let detail = without_position(error);
            // For these two, serde names the field, but not in the path.
            let named = ["missing field `", "duplicate field `"]
                .iter()
                .find_map(|start| detail.strip_prefix(start)?.strip_suffix('`'));
            let pointer = match named {
                Some(field) => format!("{pointer}/{}", escaped(field)),
                None => pointer,
            };
            Problem::validation([FieldError::pointer(pointer, detail)])
        }
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::malformed_json(format!(
        "At line {}, column {}: {}. Send valid JSON.",
        error.line(),
        error.column(),
        without_position(error)
    ))
}

/// Reads a body that has to be a JSON object.
///
/// # Errors
/// As [`read_json`]; 422 for any other JSON. (Serde alone would take an array of
/// the fields' values as well.)
pub fn read_object<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') {
        return read_json(body);
    }
    read_json::<serde::de::IgnoredAny>(body)?;
    Err(Problem::validation([FieldError::pointer(
        "",
        "Send a JSON object.",
    )]))
}

/// The error's text; where it says a position, the caller has it.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position)
        .map(str::to_owned)
        .unwrap_or(text)
}

/// A JSON Pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escaped(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

fn escaped(key: &str) -> String {
    // A pointer is a way to find a field, not to send back what was sent.
    let key: String = key.chars().take(200).collect();
    key.replace('~', "~0").replace('/', "~1")
}

/// An answer with a JSON body.
///
/// # Errors
/// 500 if the value cannot be written as JSON.
pub fn json_response<T: Serialize>(
    status: StatusCode,
    value: &T,
) -> Result<Response<Bytes>, Problem> {
    let body = serde_json::to_vec(value).map_err(|_| Problem::internal())?;
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shopping {
        #[expect(dead_code, reason = "only read")]
        title: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only read")]
        tags: Vec<String>,
    }

    fn refused(body: &'static str) -> (u16, String) {
        let problem = read_json::<Shopping>(&Bytes::from_static(body.as_bytes())).unwrap_err();
        let status = problem.status().as_u16();
        let body: Value = serde_json::from_slice(problem.into_response().body()).unwrap();
        let place = body["errors"][0]["pointer"].as_str();
        (
            status,
            place.unwrap_or(body["detail"].as_str().unwrap()).to_owned(),
        )
    }

    #[test]
    fn what_is_not_json_is_a_400_that_says_where() {
        let (status, detail) = refused("{\n  \"title\": \"milk\",\n}");
        assert_eq!(status, 400);
        assert_eq!(
            detail,
            "At line 3, column 1: trailing comma. Send valid JSON."
        );
        for body in ["", "{", "{\"title\":\"a\"} x", "\u{0}", "[[[["] {
            assert_eq!(
                refused(body).0,
                if body.starts_with('[') { 422 } else { 400 },
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_no_utf_8_is_a_400_even_where_nobody_reads_it() {
        for body in [
            &b"{\"title\": \"\xff\"}"[..],
            b"[\"\xff\"]",
            b"\xff",
            b"{} \xff",
        ] {
            let body = Bytes::from_static(body);
            let ignored = read_json::<serde::de::IgnoredAny>(&body).unwrap_err();
            assert_eq!(ignored.status(), 400, "{body:?}");
            assert_eq!(read_object::<Shopping>(&body).unwrap_err().status(), 400);
        }
    }

    #[test]
    fn json_of_another_shape_is_a_422_that_names_the_field() {
        for (body, pointer) in [
            (r#"{"title": 1}"#, "/title"),
            (r#"{"title": "a", "tags": ["b", 2]}"#, "/tags/1"),
            (r#"{"title": "a", "colour": "red"}"#, "/colour"),
            (r#"{"title": "a", "a/b~c": 1}"#, "/a~1b~0c"),
            (r#"{"title": "a", "title": "b"}"#, "/title"),
            (r#"{"tags": []}"#, "/title"),
            (r#"[]"#, ""),
        ] {
            let (status, found) = refused(body);
            assert_eq!((status, found.as_str()), (422, pointer), "{body}");
        }
    }

    #[test]
    fn a_body_over_256_kib_is_refused() {
        let body = Bytes::from(vec![b' '; MAX_BODY + 1]);
        assert_eq!(read_json::<Value>(&body).unwrap_err().status(), 413);
    }

    #[test]
    fn a_body_nested_without_end_is_refused() {
        let body = Bytes::from("[".repeat(MAX_BODY));
        assert_eq!(read_json::<Value>(&body).unwrap_err().status(), 400);
    }

    #[test]
    fn a_body_may_say_that_it_is_json_or_nothing() {
        let typed = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            headers
        };
        assert!(expect_json(&HeaderMap::new()).is_ok());
        assert!(expect_json(&typed("Application/JSON; charset=utf-8")).is_ok());
        assert_eq!(expect_json(&typed("text/plain")).unwrap_err().status(), 415);
        assert!(expect_json(&typed("application/merge-patch+json")).is_err());
        assert!(expect_merge_patch(&typed("application/merge-patch+json")).is_ok());
        assert!(expect_merge_patch(&typed("application/json-patch+json")).is_err());
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body: Vec<u8>, text in r#"[\[\]{}",:a1\\ ]*"#) {
            let _ = read_json::<Shopping>(&Bytes::from(body));
            let _ = read_json::<Shopping>(&Bytes::from(text));
        }
    }
}
