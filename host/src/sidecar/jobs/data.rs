//! A job's data, which may be any JSON.
//!
//! It is a google.protobuf.Value to Dapr, so its numbers pass through float64:
//! `9007199254740993` comes back as `9007199254740992`.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::protojson::{invalid, members};

/// How deeply data may be nested. (Dapr takes 10,000, but a job has no use for it.)
const DEEPEST: usize = 100;

/// The data as Dapr passes them on.
///
/// # Errors
/// They have a name twice, a number that no float64 holds, or are nested too deeply.
pub(crate) fn normal(value: &RawValue) -> Result<String, String> {
    let mut text = String::with_capacity(value.get().len());
    write(value.get(), DEEPEST, &mut text)?;
    Ok(text)
}

fn write(value: &str, levels: usize, text: &mut String) -> Result<(), String> {
    let Some(levels) = levels.checked_sub(1) else {
        return Err(format!("data is nested more than {DEEPEST} levels deep"));
    };
    match value.as_bytes().first() {
        Some(b'{') => {
            let mut sorted = BTreeMap::new();
            for (name, member) in members(value)? {
                if sorted.contains_key(&name) {
                    return Err(format!("duplicate map key {name:?}"));
                }
                sorted.insert(name, member);
            }
            let mut separator = '{';
            for (name, member) in &sorted {
                text.push(separator);
                push_string(name, text);
                text.push(':');
                write(member.get(), levels, text)?;
                separator = ',';
            }
            if sorted.is_empty() {
                text.push('{');
            }
            text.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> =
                serde_json::from_str(value).map_err(|error| error.to_string())?;
            let mut separator = '[';
            for item in &items {
                text.push(separator);
                write(item.get(), levels, text)?;
                separator = ',';
            }
            if items.is_empty() {
                text.push('[');
            }
            text.push(']');
        }
        Some(b'"') => {
            let string: String = serde_json::from_str(value).map_err(|error| error.to_string())?;
            push_string(&string, text);
        }
        Some(b'-' | b'0'..=b'9') => {
            let number: f64 = value
                .parse()
                .map_err(|_| invalid("number", "data", value))?;
            if !number.is_finite() {
                return Err(invalid("number", "data", value));
            }
            text.push_str(&float(number));
        }
        _ => text.push_str(value), // true, false, null
    }
    Ok(())
}

fn push_string(string: &str, text: &mut String) {
    text.push_str(&serde_json::Value::from(string).to_string());
}

/// A number as Go writes it in JSON.
fn float(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        let signed = text.replace('e', "e+");
        return signed.replace("e+-", "e-");
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<String, String> {
        normal(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn numbers_come_back_as_go_writes_a_float64() {
        for (text, written) in [
            ("0", "0"),
            ("-0", "-0"),
            ("-0.0", "-0"),
            ("9007199254740992", "9007199254740992"),
            ("9007199254740993", "9007199254740992"),
            ("-9007199254740991", "-9007199254740991"),
            ("18446744073709551615", "18446744073709552000"),
            ("1e20", "100000000000000000000"),
            ("999999999999999999999", "1e+21"),
            ("1e21", "1e+21"),
            ("-1.5E+300", "-1.5e+300"),
            ("1.0", "1"),
            ("0.1", "0.1"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1e-7"),
            ("1e-400", "0"),
        ] {
            assert_eq!(of(text).as_deref(), Ok(written), "{text}");
        }
        assert!(of("1e400").is_err());
    }

    #[test]
    fn everything_else_stays_but_for_blanks_and_order() {
        for (text, written) in [
            ("null", "null"),
            ("true", "true"),
            ("\"a\\u00e9\\n\"", "\"aé\\n\""),
            ("[ ]", "[]"),
            ("{ }", "{}"),
            (
                "{\"b\": [1, \"x\"], \"a\": {\"c\": null}}",
                "{\"a\":{\"c\":null},\"b\":[1,\"x\"]}",
            ),
        ] {
            assert_eq!(of(text).as_deref(), Ok(written), "{text}");
        }
        assert!(of(r#"{"a": {"b": 1, "b": 2}}"#).is_err());
        assert!(of(r#""\ud800""#).is_err());
    }

    #[test]
    fn data_that_are_nested_too_deeply_are_refused() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(of(&nested(100)).is_ok());
        assert!(of(&nested(101)).is_err());
        assert!(of(&nested(5_000)).is_err());
    }
}
