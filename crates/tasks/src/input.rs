//! What clients send.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{NewReminder, Patch};

/// The body of `POST /api/tasks`. What is null counts as not sent; what is wrong
/// in the fields is found by [`create`](crate::create).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTask {
    /// What is to be done. Required.
    #[cfg_attr(feature = "openapi", schema(value_type = String, required, min_length = 1, max_length = 200))]
    pub title: Option<String>,
    /// The details.
    #[cfg_attr(feature = "openapi", schema(max_length = 10_000))]
    pub description: Option<String>,
    /// How urgent it is; medium if not said.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::Priority>))]
    pub priority: Option<String>,
    /// When it is to be done by: RFC 3339 with a zone, from 1970 to 9999, kept to
    /// the millisecond.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub due_date: Option<String>,
    /// Labels: 1 to 50 characters each, none twice.
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub tags: Option<Vec<String>>,
    /// How often it comes again: `daily`, `weekly`, `monthly`, `yearly`, or a rule of
    /// RFC 5545 such as `FREQ=WEEKLY;BYDAY=MO,FR`; needs a due date.
    #[cfg_attr(feature = "openapi", schema(max_length = 1_000))]
    pub recurring_pattern: Option<String>,
    /// The IANA time zone in which it comes again; UTC if not said.
    pub time_zone: Option<String>,
    /// When it rings.
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub reminders: Option<Vec<NewReminder>>,
}

/// The body of `PATCH /api/tasks/{id}`: a merge patch (RFC 7396). Null removes a
/// field, or brings it back to what it is by default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskPatch {
    /// What is to be done. Cannot be removed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false, min_length = 1, max_length = 200))]
    #[serde(default)]
    pub title: Patch<String>,
    /// The details.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 10_000))]
    #[serde(default)]
    pub description: Patch<String>,
    /// How urgent it is.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::Priority>))]
    #[serde(default)]
    pub priority: Patch<String>,
    /// When it is to be done by: RFC 3339 with a zone, from 1970 to 9999, kept to
    /// the millisecond.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[serde(default)]
    pub due_date: Patch<String>,
    /// Labels, all of them: 1 to 50 characters each, none twice.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>, max_items = 50))]
    #[serde(default)]
    pub tags: Patch<Vec<String>>,
    /// How often it comes again: `daily`, `weekly`, `monthly`, `yearly`, or a rule of
    /// RFC 5545 such as `FREQ=WEEKLY;BYDAY=MO,FR`; needs a due date.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 1_000))]
    #[serde(default)]
    pub recurring_pattern: Patch<String>,
    /// The IANA time zone in which it comes again.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    #[serde(default)]
    pub time_zone: Patch<String>,
    /// Read only to say where this is changed.
    #[cfg_attr(feature = "openapi", schema(ignore))]
    #[serde(default)]
    pub(crate) completed: Patch<IgnoredAny>,
    /// The same.
    #[cfg_attr(feature = "openapi", schema(ignore))]
    #[serde(default)]
    pub(crate) reminders: Patch<IgnoredAny>,
}

impl From<NewTask> for TaskPatch {
    /// A new task is a patch of an empty one, its reminders apart.
    fn from(new: NewTask) -> Self {
        let NewTask {
            title,
            description,
            priority,
            due_date,
            tags,
            recurring_pattern,
            time_zone,
            reminders: _,
        } = new;
        Self {
            title: title.into(),
            description: description.into(),
            priority: priority.into(),
            due_date: due_date.into(),
            tags: tags.into(),
            recurring_pattern: recurring_pattern.into(),
            time_zone: time_zone.into(),
            completed: Patch::Absent,
            reminders: Patch::Absent,
        }
    }
}

#[cfg(feature = "openapi")]
#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::*;
    use crate::TaskView;

    fn required<T: PartialSchema>() -> Vec<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        serde_json::from_value(schema["required"].clone()).unwrap_or_default()
    }

    #[test]
    fn the_schemas_say_what_must_be_there() {
        assert_eq!(required::<NewTask>(), ["title"]);
        assert!(required::<TaskPatch>().is_empty());
        assert_eq!(required::<TaskView<'_>>().len(), 15);
    }

    #[test]
    fn the_schemas_refuse_what_the_readers_refuse() {
        let schema = serde_json::to_value(TaskPatch::schema()).unwrap();
        assert_eq!(schema["additionalProperties"], false);
        assert!(schema["properties"]["completed"].is_null());
        assert!(
            schema["properties"]["priority"]
                .to_string()
                .contains("Priority")
        );
    }
}
