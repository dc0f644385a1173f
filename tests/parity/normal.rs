//! Takes out of what was seen what is different each time: ids, traces, times, ports.
//!
//! Ids and traces get numbers in the order in which they appear, so that the same one is
//! still the same. Of a time what is left is its form.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// A UUID: groups of hexadecimal digits.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];
/// A `traceparent`: version, trace, span, flags.
const TRACE: [usize; 4] = [2, 32, 16, 2];

/// Normalises the parts of one value.
pub(crate) struct Normal {
    now: DateTime<Utc>,
    uuids: Vec<String>,
    traces: Vec<String>,
    spans: Vec<String>,
}

/// A value without what is different each time.
pub(crate) fn normal(value: &Value) -> Value {
    Normal::at(DateTime::from(std::time::UNIX_EPOCH) + since_1970()).value(value)
}

/// How long ago 1970 began. A test of real servers goes by the real time.
fn since_1970() -> std::time::Duration {
    #[expect(
        clippy::disallowed_methods,
        reason = "the servers' time is the real one"
    )]
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap()
}

impl Normal {
    fn at(now: DateTime<Utc>) -> Self {
        Self {
            now,
            uuids: Vec::new(),
            traces: Vec::new(),
            spans: Vec::new(),
        }
    }

    fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                let mut normal = Map::new();
                for (name, value) in fields {
                    normal.insert(self.text(name), self.value(value));
                }
                Value::Object(normal)
            }
            other => other.clone(),
        }
    }

    fn text(&mut self, text: &str) -> String {
        let mut normal = String::with_capacity(text.len());
        let mut rest = text;
        let mut inside_word = false;
        while let Some(next) = rest.chars().next() {
            let found = if inside_word { None } else { self.found(rest) };
            if let Some((length, instead)) = found {
                normal.push_str(&instead);
                rest = &rest[length..];
                inside_word = true;
            } else {
                normal.push(next);
                rest = &rest[next.len_utf8()..];
                inside_word = next.is_ascii_alphanumeric();
            }
        }
        normal
    }

    /// What the text begins with, if it is of a kind that is left out: its length, and
    /// what is written instead.
    fn found(&mut self, text: &str) -> Option<(usize, String)> {
        // A trace of zeros is none.
        if let Some(parts) = groups(text, &TRACE).filter(|parts| parts[1].contains(|c| c != '0')) {
            let trace = number(&mut self.traces, parts[1]);
            let span = number(&mut self.spans, parts[2]);
            let instead = format!("{}-<trace {trace}>-<span {span}>-{}", parts[0], parts[3]);
            return Some((TRACE.iter().sum::<usize>() + TRACE.len() - 1, instead));
        }
        if groups(text, &UUID).is_some() {
            let length = UUID.iter().sum::<usize>() + UUID.len() - 1;
            let id = number(&mut self.uuids, &text[..length]);
            return Some((length, format!("<uuid {id}>")));
        }
        self.time(text)
            .or_else(|| self.milliseconds(text))
            .or_else(|| port(text))
    }

    /// A time that is near: one that is not is the case's own.
    fn time(&self, text: &str) -> Option<(usize, String)> {
        let is_part = |c: char| c.is_ascii_digit() || "-:.TZ+".contains(c);
        let length = text.find(|c| !is_part(c)).unwrap_or(text.len());
        let time = DateTime::parse_from_rfc3339(&text[..length]).ok()?;
        let away = time.to_utc() - self.now;
        let form = || text[..length].replace(|c: char| c.is_ascii_digit(), "0");
        (away.abs() < chrono::TimeDelta::days(2)).then(|| (length, form()))
    }

    fn milliseconds(&self, text: &str) -> Option<(usize, String)> {
        let length = digits(text);
        let time: i64 = text[..length].parse().ok().filter(|_| length == 13)?;
        let away = time.abs_diff(self.now.timestamp_millis());
        (away < 2 * 24 * 3_600_000).then(|| (length, "<milliseconds>".to_owned()))
    }
}

/// A port of this machine.
fn port(text: &str) -> Option<(usize, String)> {
    let host = ["127.0.0.1:", "localhost:"]
        .into_iter()
        .find(|host| text.starts_with(host))?;
    let length = digits(&text[host.len()..]);
    (length > 0).then(|| (host.len() + length, format!("{host}<port>")))
}

fn digits(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len())
}

/// Groups of hexadecimal digits of these lengths, with `-` between them, that the text
/// begins with.
fn groups<'a>(text: &'a str, lengths: &[usize]) -> Option<Vec<&'a str>> {
    let mut groups = Vec::new();
    let mut rest = text;
    for (index, length) in lengths.iter().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix('-')?;
        }
        let group = rest.get(..*length)?;
        if !group.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        groups.push(group);
        rest = &rest[*length..];
    }
    let ends = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
    ends.then_some(groups)
}

/// Which one it is, from 1.
fn number(seen: &mut Vec<String>, one: &str) -> usize {
    let index = seen.iter().position(|known| known == one);
    index.unwrap_or_else(|| {
        seen.push(one.to_owned());
        seen.len() - 1
    }) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: Value) -> Value {
        Normal::at("2026-01-14T10:30:00Z".parse().unwrap()).value(&value)
    }

    #[test]
    fn ids_and_traces_are_numbered() {
        let one = "550e8400-e29b-41d4-a716-446655440000";
        let other = "660e9500-f30c-52e5-b827-557766551111";
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let value = of(json!([format!("id {one}."), [one, { "x": other }], trace]));
        let expected = json!([
            "id <uuid 1>.",
            ["<uuid 1>", { "x": "<uuid 2>" }],
            "00-<trace 1>-<span 1>-01",
        ]);
        assert_eq!(value, expected);
    }

    #[test]
    fn of_times_that_are_near_the_form_is_left() {
        for (text, normal) in [
            ("at 2026-01-14T10:31:07Z", "at 0000-00-00T00:00:00Z"),
            (
                "2026-01-13T10:31:07.25+02:00",
                "0000-00-00T00:00:00.00+00:00",
            ),
            ("2031-01-14T10:31:07Z", "2031-01-14T10:31:07Z"),
            ("\"1768386600123\"", "\"<milliseconds>\""),
            ("1768386600", "1768386600"),
            ("http://127.0.0.1:3000/x", "http://127.0.0.1:<port>/x"),
        ] {
            assert_eq!(of(json!(text)), normal, "{text}");
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            "",
            "grüße 00-11-22",
            "x550e8400-e29b-41d4-a716-446655440000",
            "550e8400-e29b-41d4-a716-4466554400001",
            "2026-01-14",
            "127.0.0.1:",
            "00-00000000000000000000000000000000-0000000000000000-00",
        ] {
            assert_eq!(of(json!(text)), text);
        }
        assert_eq!(
            of(json!({ "n": 1768386600123_i64 })),
            json!({ "n": 1768386600123_i64 })
        );
    }
}
