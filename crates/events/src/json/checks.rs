//! What ids and names must be, in both directions: what is written can be read.

use serde::{Deserialize, Deserializer};

/// The largest integer that every JSON reader takes exactly (RFC 8259, section 6).
const MAX_ID: u64 = (1 << 53) - 1;

/// The longest user id and correlation id, in bytes.
const MAX_NAME: usize = 256;

/// How ids begin that are no user's.
const RESERVED: [&str; 2] = ["duebell:", "erased:"];

fn check_id(id: &u64) -> Result<(), String> {
    if (1..=MAX_ID).contains(id) {
        Ok(())
    } else {
        Err(format!("an id is 1 to {MAX_ID}, not {id}"))
    }
}

fn check_correlation_id(text: &str) -> Result<(), String> {
    if (1..=MAX_NAME).contains(&text.len()) {
        Ok(())
    } else {
        Err(format!(
            "expected 1 to {MAX_NAME} bytes, got {}",
            text.len()
        ))
    }
}

fn check_user_id(text: &str) -> Result<(), String> {
    check_correlation_id(text)?;
    if text.chars().any(char::is_control) {
        return Err("a user id has no control characters".to_owned());
    }
    Ok(())
}

/// A user, as tokens can name one: neither Duebell itself nor who was erased. Nobody but
/// the audit is told of those.
fn check_person(text: &str) -> Result<(), String> {
    check_user_id(text)?;
    match RESERVED
        .iter()
        .find(|reserved| text.starts_with(**reserved))
    {
        Some(reserved) => Err(format!("a user id does not begin with `{reserved}`")),
        None => Ok(()),
    }
}

/// A checked field, for serde's `with`.
macro_rules! checked {
    ($name:ident, $read:ty, $write:ty, $check:path) => {
        pub(super) mod $name {
            use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

            pub(crate) fn serialize<S: Serializer>(
                value: &$write,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                $check(value).map_err(ser::Error::custom)?;
                value.serialize(to)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
                from: D,
            ) -> Result<$read, D::Error> {
                let value = <$read>::deserialize(from)?;
                $check(&value).map_err(de::Error::custom)?;
                Ok(value)
            }
        }
    };
}

checked!(id, u64, u64, super::check_id);
checked!(user_id, String, str, super::check_user_id);
checked!(person, String, str, super::check_person);
checked!(correlation_id, String, str, super::check_correlation_id);

/// Some publishers write `null` for what they leave out.
pub(super) fn null_is_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
