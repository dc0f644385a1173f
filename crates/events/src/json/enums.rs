//! The enums' names: exactly the contract's, in small letters.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    AuditEventType, Priority, ReminderEventType, TaskEventType, TaskUpdateAction,
    TaskUpdateEventType,
};

/// A name that is none of those that an enum has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    what: &'static str,
    name: String,
    expected: String,
}

impl UnknownName {
    pub(crate) fn new(
        what: &'static str,
        name: &str,
        expected: impl Iterator<Item = &'static str>,
    ) -> Self {
        Self {
            what,
            // Whatever was sent instead of a name need not be short.
            name: name.chars().take(64).collect(),
            expected: expected.collect::<Vec<_>>().join(", "),
        }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            name,
            expected,
        } = self;
        write!(f, "unknown {what} {name:?}; expected one of {expected}")
    }
}

impl std::error::Error for UnknownName {}

macro_rules! names {
    ($type:ident, $what:literal, { $($case:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// Every case, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$case),+];

            /// The contract's name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$case => $name),+
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|case| case.as_str() == name)
                    .ok_or_else(|| {
                        UnknownName::new($what, name, Self::ALL.iter().map(|case| case.as_str()))
                    })
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(from)?
                    .parse()
                    .map_err(de::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                use utoipa::openapi::schema::{ObjectBuilder, Type};
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(Self::ALL.iter().map(|case| case.as_str())))
                    .into()
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $type {
            fn name() -> Cow<'static, str> {
                stringify!($type).into()
            }
        }
    };
}

names!(Priority, "priority", {
    Low => "low",
    Medium => "medium",
    High => "high",
    Urgent => "urgent",
});

/// What a task has that says nothing of it.
impl Default for Priority {
    fn default() -> Self {
        Self::Medium
    }
}

names!(TaskEventType, "event_type", {
    Created => "task.created",
    Updated => "task.updated",
    Completed => "task.completed",
    Deleted => "task.deleted",
});

names!(ReminderEventType, "event_type", {
    Scheduled => "reminder.scheduled",
    Due => "reminder.due",
    Cancelled => "reminder.cancelled",
});

names!(TaskUpdateEventType, "event_type", {
    Sync => "task.sync",
    Reminder => "task.reminder",
});

names!(TaskUpdateAction, "action", {
    Created => "created",
    Updated => "updated",
    Completed => "completed",
    Deleted => "deleted",
    Reminder => "reminder",
});

names!(AuditEventType, "event_type", {
    DeadLetterListed => "dead_letter.listed",
    DeadLetterShown => "dead_letter.shown",
    DeadLetterReplayed => "dead_letter.replayed",
    DeadLetterDiscarded => "dead_letter.discarded",
    AuditCheckpoint => "audit.checkpoint",
    UserErasureRequested => "user.erasure_requested",
    UserErased => "user.erased",
});
