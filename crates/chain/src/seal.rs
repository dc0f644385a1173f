//! How an entry is sealed.

use crate::{
    Digest,
    digest::{from_hex, hex},
};
use serde_json::{Map, Value};
use std::fmt;

/// What stands for the hash of the entry before the first.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The members that an entry's hash does not cover.
pub(crate) const UNSEALED: [&str; 3] = ["event", "salt", "hash"];

/// 16 random bytes, as hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salt(String);

impl Salt {
    /// A salt of these random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(hex(&bytes))
    }

    /// Reads 32 hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = from_hex(text)?;
        (bytes.len() == 16).then(|| Self(text.to_owned()))
    }

    /// The salt as 32 lower-case hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn bytes(&self) -> Vec<u8> {
        // A salt is made of hex digits alone.
        from_hex(&self.0).unwrap_or_default()
    }
}

/// A value that has no canonical form, such as a number that no double holds.
#[derive(Debug)]
pub struct NotCanonical(String);

impl fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the JSON has no canonical form (RFC 8785): {}", self.0)
    }
}

impl std::error::Error for NotCanonical {}

/// The canonical form of a JSON value (RFC 8785).
///
/// # Errors
/// The value has none.
pub fn canonical(value: &Value) -> Result<Vec<u8>, NotCanonical> {
    serde_json_canonicalizer::to_vec(value).map_err(|error| NotCanonical(error.to_string()))
}

/// What binds an entry to its event without telling it.
///
/// # Errors
/// The event has no canonical form.
pub fn commitment(salt: &Salt, event: &Value) -> Result<String, NotCanonical> {
    Ok(Digest::of(&[&salt.bytes(), &canonical(event)?]).to_string())
}

/// The seal of an entry: over all of its members but `event`, `salt` and `hash`.
///
/// # Errors
/// The entry has no canonical form.
pub fn hash(entry: &Map<String, Value>) -> Result<String, NotCanonical> {
    let sealed: Map<String, Value> = entry
        .iter()
        .filter(|(name, _)| !UNSEALED.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Ok(Digest::of(&[&canonical(&Value::Object(sealed))?]).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sha2::{Digest as _, Sha256};

    #[test]
    fn the_canonical_form_is_that_of_rfc_8785() {
        // RFC 8785, section 3.2.2 and 3.2.3, abridged.
        let value: Value = serde_json::from_str(
            r#"{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                "literals": [null, true, false], "\u20ac": "Euro Sign", "\r": "Carriage Return"}"#,
        )
        .unwrap();
        let text = String::from_utf8(canonical(&value).unwrap()).unwrap();
        assert_eq!(
            text,
            "{\"\\r\":\"Carriage Return\",\"literals\":[null,true,false],\
             \"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\"\u{20ac}\":\"Euro Sign\"}"
        );
    }

    #[test]
    fn a_salt_is_32_hex_digits_and_nothing_else() {
        let salt = Salt::new([0xab; 16]);
        assert_eq!(Salt::parse(salt.as_str()), Some(salt.clone()));
        assert_eq!(salt.bytes(), vec![0xab; 16]);
        for wrong in [
            "",
            "ab",
            &"AB".repeat(16),
            &"xy".repeat(16),
            &"ab".repeat(17),
        ] {
            assert_eq!(Salt::parse(wrong), None);
        }
    }

    #[test]
    fn the_seal_is_the_one_in_the_documents() {
        // docs/audit.md shows these; whoever verifies elsewhere can check against them.
        let event = json!({"b": 1, "a": "x"});
        let salt = Salt::new([0; 16]);
        let commitment = commitment(&salt, &event).unwrap();
        assert_eq!(
            commitment,
            hex(&Sha256::digest(
                [&[0; 16][..], b"{\"a\":\"x\",\"b\":1}"].concat()
            ))
        );
        let entry = json!({"number": 1, "previous_hash": GENESIS, "commitment": commitment,
            "event": event, "salt": salt.as_str(), "hash": "not covered"});
        let sealed = format!(
            "{{\"commitment\":\"{commitment}\",\"number\":1,\"previous_hash\":\"{GENESIS}\"}}"
        );
        assert_eq!(
            hash(entry.as_object().unwrap()).unwrap(),
            hex(&Sha256::digest(sealed))
        );
    }
}
