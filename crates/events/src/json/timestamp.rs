//! Time stamps: RFC 3339 in UTC.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::Timestamp;

/// Text that is no time stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotATimestamp;

impl fmt::Display for NotATimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "expected an RFC 3339 time stamp of the years 0 to 9999, such as 2026-01-15T14:00:00Z",
        )
    }
}

impl std::error::Error for NotATimestamp {}

impl Timestamp {
    /// The instant, cut to the microsecond.
    pub fn from_datetime(instant: DateTime<Utc>) -> Self {
        Self {
            microseconds: instant.timestamp_micros(),
        }
    }

    /// The instant; `None` outside the years 0 to 9999, which RFC 3339 cannot write.
    pub fn to_datetime(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.microseconds)
            .filter(|instant| (0..=9999).contains(&instant.year()))
    }

    fn to_rfc3339(self) -> Option<String> {
        self.to_datetime()
            .map(|instant| instant.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::from_datetime(instant)
    }
}

/// RFC 3339 with `Z`, and no, three or six digits of a second: as few as it needs.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_rfc3339() {
            Some(text) => f.write_str(&text),
            None => write!(f, "{} µs after 1970", self.microseconds),
        }
    }
}

/// Takes RFC 3339 with any offset, and what Python's `isoformat` writes of a time
/// without a zone, as UTC. Digits after the microsecond are cut off.
impl FromStr for Timestamp {
    type Err = NotATimestamp;

    fn from_str(text: &str) -> Result<Self, NotATimestamp> {
        let time = text.get("2026-01-15".len()..).ok_or(NotATimestamp)?;
        let zoned = if time.contains(['Z', 'z', '+', '-']) {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(format!("{text}Z"))
        };
        let instant = DateTime::parse_from_rfc3339(&zoned).map_err(|_| NotATimestamp)?;
        let timestamp = Self::from_datetime(instant.with_timezone(&Utc));
        // An offset can lead out of the years that can be written.
        timestamp
            .to_datetime()
            .map(|_| timestamp)
            .ok_or(NotATimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = self
            .to_rfc3339()
            .ok_or_else(|| ser::Error::custom(format!("{self} is outside the years 0 to 9999")))?;
        to.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Timestamp {
    fn name() -> Cow<'static, str> {
        "Timestamp".into()
    }
}
