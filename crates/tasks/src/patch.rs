//! Fields of a merge patch (RFC 7396).

use serde::{Deserialize, Deserializer};

/// A field of a merge patch: it may be absent, and that is not the same as null.
/// The field needs `#[serde(default)]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// It stays as it is.
    #[default]
    Absent,
    /// It is removed.
    Null,
    /// It is set.
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::deserialize(from).map(|value| match value {
            Some(value) => Self::Value(value),
            None => Self::Null,
        })
    }
}

impl<T> From<Option<T>> for Patch<T> {
    /// What is not said of something new stays what it is by default.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }
}
