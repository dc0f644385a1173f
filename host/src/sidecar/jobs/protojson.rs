//! JSON as Dapr reads its messages from it (protojson).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// How much of a wrong value is shown.
const SHOWN: usize = 100;

/// A field that a message knows: as JSON spells it, and as the proto file does.
pub(crate) type Known = (&'static str, &'static str);

/// The fields of a message that it knows, by their names in JSON. Others are
/// ignored, `null` is none.
///
/// # Errors
/// It is no JSON object, or has a field twice.
pub(crate) fn message<'a>(
    text: &'a str,
    known: &[Known],
) -> Result<BTreeMap<&'static str, &'a RawValue>, String> {
    let mut fields = BTreeMap::new();
    for (name, value) in members(text)? {
        let Some((json, _)) = known
            .iter()
            .find(|(json, proto)| name == *json || name == *proto)
        else {
            continue;
        };
        if fields.insert(*json, value).is_some() {
            return Err(format!("duplicate field {name:?}"));
        }
    }
    Ok(fields)
}

/// A field's value, unless it is `null`.
pub(crate) fn set<'a>(
    fields: &BTreeMap<&'static str, &'a RawValue>,
    name: &str,
) -> Option<&'a str> {
    fields
        .get(name)
        .map(|value| value.get())
        .filter(|value| *value != "null")
}

/// A text.
///
/// # Errors
/// It is none.
pub(crate) fn string(name: &str, value: &str) -> Result<String, String> {
    serde_json::from_str(value).map_err(|_| invalid("string", name, value))
}

/// Yes or no.
///
/// # Errors
/// It is neither.
pub(crate) fn boolean(name: &str, value: &str) -> Result<bool, String> {
    serde_json::from_str(value).map_err(|_| invalid("bool", name, value))
}

/// A whole number, which may be written as a text.
///
/// # Errors
/// It is none, or does not fit.
pub(crate) fn uint32(name: &str, value: &str) -> Result<u32, String> {
    let wrong = || invalid("uint32", name, value);
    let quoted: Option<String> = serde_json::from_str(value).ok();
    let number = quoted.as_deref().unwrap_or(value);
    // What is quoted must be a number in JSON, too.
    let number: &RawValue = serde_json::from_str(number)
        .ok()
        .filter(|raw: &&RawValue| raw.get() == number)
        .ok_or_else(wrong)?;
    if let Ok(number) = number.get().parse() {
        return Ok(number);
    }
    let number: f64 = number.get().parse().map_err(|_| wrong())?;
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    if !is_whole {
        return Err(wrong());
    }
    // Its text is that of a whole number.
    number.to_string().parse().map_err(|_| wrong())
}

/// A value that is not of its field's kind.
pub(super) fn invalid(kind: &str, name: &str, value: &str) -> String {
    let shown: String = value.chars().take(SHOWN).collect();
    format!("invalid value for {kind} field {name}: {shown}")
}

/// The members of a JSON object, in order, repeated ones too.
///
/// # Errors
/// It is no object.
pub(super) fn members(text: &str) -> Result<Vec<(String, &RawValue)>, String> {
    struct Members<'a>(Vec<(String, &'a RawValue)>);

    impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Object;

            impl<'de> Visitor<'de> for Object {
                type Value = Members<'de>;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(
                    self,
                    mut map: A,
                ) -> Result<Members<'de>, A::Error> {
                    let mut members = Vec::new();
                    while let Some(member) = map.next_entry()? {
                        members.push(member);
                    }
                    Ok(Members(members))
                }
            }

            deserializer.deserialize_map(Object)
        }
    }

    serde_json::from_str::<Members<'_>>(text)
        .map(|members| members.0)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Known] = &[("dueTime", "due_time"), ("repeats", "repeats")];

    #[test]
    fn a_message_has_the_fields_that_are_known() {
        let text = r#"{"due_time": "1s", "other": [1, {"a": 2}], "repeats": null}"#;
        let fields = message(text, KNOWN).unwrap();
        assert_eq!(set(&fields, "dueTime"), Some("\"1s\""));
        assert_eq!(set(&fields, "repeats"), None);
        for text in [
            "",
            "null",
            "[]",
            "1",
            "{",
            "{}}",
            r#"{"dueTime": "1s", "due_time": "1s"}"#,
            r#"{"repeats": null, "repeats": 1}"#,
        ] {
            assert!(message(text, KNOWN).is_err(), "{text}");
        }
    }

    #[test]
    fn a_whole_number_may_be_a_text() {
        for (text, number) in [
            ("3", 3),
            ("\"3\"", 3),
            ("3.0", 3),
            ("30e-1", 3),
            ("\"4294967295\"", u32::MAX),
        ] {
            assert_eq!(uint32("n", text), Ok(number), "{text}");
        }
        for text in [
            "1.5",
            "-1",
            "4294967296",
            "\"\"",
            "\" 3\"",
            "\"+3\"",
            "\"NaN\"",
            "true",
            "{}",
            "1e400",
        ] {
            assert!(uint32("n", text).is_err(), "{text}");
        }
    }

    #[test]
    fn texts_and_truths_are_not_guessed_at() {
        assert_eq!(string("s", "\"x\""), Ok("x".to_owned()));
        assert_eq!(
            string("schedule", "5").unwrap_err(),
            "invalid value for string field schedule: 5"
        );
        assert_eq!(boolean("b", "true"), Ok(true));
        assert!(boolean("b", "\"true\"").is_err());
        assert!(boolean("b", "1").is_err());
    }
}
