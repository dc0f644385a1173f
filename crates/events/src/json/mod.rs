//! The events' JSON, as the contract has it: one file for each topic, and one for
//! each kind of value.
//!
//! Each record has a private mirror with serde's attributes (serde's remote
//! derive): it is built from all fields of the WIT type and no others, so a change
//! in `wit/` does not compile until it is made here, too.

mod audit;
mod checks;
mod enums;
mod object;
mod reminder;
mod task;
mod timestamp;
mod update;

pub use self::enums::UnknownName;
pub use self::timestamp::NotATimestamp;

/// Gives a WIT type its mirror's JSON, and its mirror's schema.
macro_rules! json_by_mirror {
    ($event:ident, $mirror:ident) => {
        impl serde::Serialize for $event {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                $mirror::serialize(self, to)
            }
        }

        impl<'de> serde::Deserialize<'de> for $event {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Fields;

                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $event;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a JSON object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        fields: A,
                    ) -> Result<$event, A::Error> {
                        $mirror::deserialize(serde::de::value::MapAccessDeserializer::new(fields))
                    }
                }

                // The mirror alone would take a list of the fields' values as well.
                from.deserialize_map(Fields)
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $event {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                <$mirror as utoipa::PartialSchema>::schema()
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $event {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($event).into()
            }

            fn schemas(
                schemas: &mut Vec<(
                    String,
                    utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
                )>,
            ) {
                <$mirror as utoipa::ToSchema>::schemas(schemas);
            }
        }
    };
}
use json_by_mirror;
