//! Looking into JSON: what is not there is null, empty or nothing.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Looks into a value by JSON pointers.
pub(crate) trait Json {
    /// What is there, or null.
    fn at(&self, pointer: &str) -> &Value;

    /// The text that is there, or an empty one.
    fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_default()
    }

    /// The items that are there.
    fn list(&self, pointer: &str) -> &[Value] {
        self.at(pointer).as_array().map_or(&[], Vec::as_slice)
    }

    /// The texts that are there.
    fn texts(&self, pointer: &str) -> Vec<&str> {
        self.list(pointer)
            .iter()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The fields that are there.
    fn fields(&self, pointer: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.at(pointer)
            .as_object()
            .into_iter()
            .flat_map(Map::iter)
            .map(|(name, value)| (name.as_str(), value))
    }

    /// The fields that are texts: labels, annotations.
    fn labels(&self, pointer: &str) -> BTreeMap<String, String> {
        self.fields(pointer)
            .filter_map(|(name, value)| Some((name.to_owned(), value.as_str()?.to_owned())))
            .collect()
    }
}

impl Json for Value {
    fn at(&self, pointer: &str) -> &Value {
        self.pointer(pointer).unwrap_or(&Value::Null)
    }
}

/// The documents of a YAML text.
pub(crate) fn documents(place: &str, text: &str) -> Result<Vec<Value>, String> {
    let mut documents = Vec::new();
    for document in format!("\n{text}").split("\n---") {
        let says_something = document
            .lines()
            .any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        if says_something {
            let read =
                serde_saphyr::from_str(document).map_err(|error| format!("{place}: {error}"))?;
            documents.push(read);
        }
    }
    Ok(documents)
}
