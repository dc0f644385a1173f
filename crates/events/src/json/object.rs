//! JSON objects that are passed on as they came.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::{JsonObject, Malformed, malformed};

impl JsonObject {
    /// Takes JSON text whose outermost value is an object, without the white space
    /// around it.
    ///
    /// # Errors
    ///
    /// It is no JSON, or no object.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        malformed::read("JSON object", text)
    }

    /// The object with these fields.
    pub fn from_map(fields: Map<String, Value>) -> Self {
        Self {
            text: Value::Object(fields).to_string(),
        }
    }

    /// The object's fields.
    ///
    /// # Errors
    ///
    /// The text is no JSON object (it can be set to anything), or is nested more
    /// than 127 deep.
    pub fn to_map(&self) -> Result<Map<String, Value>, Malformed> {
        malformed::read("JSON object", &self.text)
    }
}

const NOT_AN_OBJECT: &str = "expected a JSON object";

/// `{` is enough to tell: the text is JSON already.
fn is_object(raw: &RawValue) -> bool {
    raw.get().starts_with('{')
}

impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.text)
            .map_err(|error| ser::Error::custom(format!("{NOT_AN_OBJECT}: {error}")))?;
        if !is_object(raw) {
            return Err(ser::Error::custom(NOT_AN_OBJECT));
        }
        raw.serialize(to)
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        if !is_object(&raw) {
            return Err(de::Error::custom(NOT_AN_OBJECT));
        }
        Ok(Self {
            text: Box::<str>::from(raw).into_string(),
        })
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for JsonObject {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder};
        ObjectBuilder::new()
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for JsonObject {
    fn name() -> std::borrow::Cow<'static, str> {
        "JsonObject".into()
    }
}
