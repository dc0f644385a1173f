//! What the resource files have in common.

use serde::Deserialize;
use serde::de::{self, Visitor};

use super::source::{At, Document, ResourceError};

/// The first look at a document: what it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Header {
    pub(crate) api_version: At<String>,
    pub(crate) kind: At<String>,
}

impl Header {
    /// Makes sure of the version that is understood.
    pub(crate) fn expect_version(
        &self,
        document: &Document,
        version: &str,
    ) -> Result<(), Box<ResourceError>> {
        if self.api_version.value == version {
            return Ok(());
        }
        let message = format!(
            "apiVersion `{}` of a {} is not implemented",
            self.api_version.value, self.kind.value
        );
        Err(document
            .error(&self.api_version, message, "this version")
            .help(format!("Write `apiVersion: {version}`.")))
    }
}

/// `metadata` of a resource. Labels, annotations and the namespace mean nothing here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectMeta {
    pub(crate) name: At<String>,
    #[serde(default, rename = "namespace")]
    _namespace: Option<de::IgnoredAny>,
    #[serde(default, rename = "labels")]
    _labels: Option<de::IgnoredAny>,
    #[serde(default, rename = "annotations")]
    _annotations: Option<de::IgnoredAny>,
}

/// Whether a resource with these scopes is for this app: none means every app.
pub(crate) fn in_scope(scopes: Option<&[String]>, app_id: &str) -> bool {
    match scopes {
        None | Some([]) => true,
        Some(scopes) => scopes.iter().any(|scope| scope == app_id),
    }
}

/// A scalar of any type, as the text Dapr makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scalar(pub(crate) String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Scalar;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, a number or true or false")
            }

            fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
                Ok(Scalar(value.to_owned()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }
        }

        deserializer.deserialize_any(Text)
    }
}
