//! A look at a record before it goes to the app.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::sidecar::trace::Trace;

/// What a record's value is.
#[derive(Debug)]
pub(crate) enum Event {
    /// A CloudEvent, as far as Dapr looks, and the trace that it names, if it says
    /// anything of one.
    Whole(Option<Trace>),
    /// No JSON object, and why.
    Malformed(String),
    /// Its `expiration` is past.
    Expired,
}

impl Event {
    /// Looks at a value. It is read once, and nothing is copied out of it.
    pub(crate) fn inspect(value: &Bytes, now: DateTime<Utc>) -> Self {
        // The value is passed on as a text inside other JSON, so it must be one.
        if let Err(error) = std::str::from_utf8(value) {
            return Self::Malformed(error.to_string());
        }
        // To Dapr, null is an object without fields.
        let fields = serde_json::from_slice::<Option<Fields<'_>>>(value);
        match fields.map(Option::unwrap_or_default) {
            Err(error) => Self::Malformed(error.to_string()),
            Ok(fields) if fields.expired(now) => Self::Expired,
            Ok(fields) => Self::Whole(fields.trace()),
        }
    }
}

/// The fields that the sidecar wants to see. Of a repeated one the last counts.
#[derive(Debug, Default)]
struct Fields<'a> {
    expiration: Option<&'a RawValue>,
    traceparent: Option<&'a RawValue>,
    traceid: Option<&'a RawValue>,
}

impl Fields<'_> {
    fn expired(&self, now: DateTime<Utc>) -> bool {
        let text = text(self.expiration);
        DateTime::parse_from_rfc3339(&text).is_ok_and(|end| end < now)
    }

    fn trace(&self) -> Option<Trace> {
        let parent = [self.traceparent, self.traceid]
            .into_iter()
            .flatten()
            .find(|value| value.get() != "null")?;
        Some(Trace::parse(&text(Some(parent))))
    }
}

fn text(value: Option<&RawValue>) -> Cow<'_, str> {
    let Some(value) = value else {
        return Cow::Borrowed("");
    };
    serde_json::from_str::<&str>(value.get())
        .map(Cow::Borrowed)
        .or_else(|_| serde_json::from_str::<String>(value.get()).map(Cow::Owned))
        .unwrap_or_default()
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a CloudEvent, which is a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Fields::default();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    match &*name.0 {
                        "expiration" => fields.expiration = Some(map.next_value()?),
                        "traceparent" => fields.traceparent = Some(map.next_value()?),
                        "traceid" => fields.traceid = Some(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// A field's name, borrowed where it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn inspect(value: &str) -> Event {
        let now = "2026-01-14T10:30:00Z".parse().unwrap();
        Event::inspect(&Bytes::from(value.to_owned()), now)
    }

    #[test]
    fn only_a_json_object_is_whole() {
        for value in [r#"{"id":"1","id":"2","da\u0074a":[1,{"x":null}]}"#, "null"] {
            assert!(matches!(inspect(value), Event::Whole(_)), "{value}");
        }
        for value in ["", "[]", "\"x\"", "{", "{}}", "{\"a\":1,}"] {
            assert!(matches!(inspect(value), Event::Malformed(_)), "{value}");
        }
        let now = "2026-01-14T10:30:00Z".parse().unwrap();
        assert!(matches!(
            Event::inspect(&Bytes::from_static(b"{\"a\":\"\xff\"}"), now),
            Event::Malformed(_)
        ));
    }

    #[test]
    fn an_expired_event_is_seen() {
        assert!(matches!(
            inspect(r#"{"expiration":"2026-01-14T10:29:59Z"}"#),
            Event::Expired
        ));
        for later in [r#""2026-01-14T10:30:01Z""#, r#""soon""#, r#""""#, "17"] {
            assert!(
                matches!(
                    inspect(&format!(r#"{{"expiration":{later}}}"#)),
                    Event::Whole(_)
                ),
                "{later}"
            );
        }
    }

    #[test]
    fn a_trace_that_is_no_text_does_no_harm() {
        for value in [r#"{"traceid":5}"#, r#"{"traceparent":{}}"#] {
            let Event::Whole(Some(trace)) = inspect(value) else {
                panic!("{value}");
            };
            assert_eq!(trace, Trace::default());
        }
        for value in ["{}", r#"{"traceid":null}"#] {
            assert!(matches!(inspect(value), Event::Whole(None)), "{value}");
        }
    }
}
