//! A request for a job, as it comes in.

use super::data;
use super::job::FailurePolicy;
use super::protojson::{self, Known};

/// What is asked for. Nothing is checked yet but the kinds of the fields.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// A name in the body, which has no place there.
    pub(crate) name: String,
    pub(crate) schedule: Option<String>,
    pub(crate) repeats: Option<u32>,
    pub(crate) due_time: Option<String>,
    pub(crate) ttl: Option<String>,
    /// In JSON. `null` is data, too.
    pub(crate) data: Option<String>,
    pub(crate) overwrite: bool,
    pub(crate) failure_policy: Option<FailurePolicy>,
}

const FIELDS: &[Known] = &[
    ("name", "name"),
    ("schedule", "schedule"),
    ("repeats", "repeats"),
    ("dueTime", "due_time"),
    ("ttl", "ttl"),
    ("data", "data"),
    ("overwrite", "overwrite"),
    ("failurePolicy", "failure_policy"),
];

impl Request {
    /// Reads a body. An empty one asks for nothing.
    ///
    /// # Errors
    /// It is no JSON object, or a field is not of its kind.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let body = std::str::from_utf8(body).map_err(|error| error.to_string())?;
        let fields = protojson::message(body, FIELDS)?;
        let string = |name| {
            protojson::set(&fields, name)
                .map(|value| protojson::string(name, value))
                .transpose()
        };
        let repeats = protojson::set(&fields, "repeats")
            .map(|value| protojson::uint32("repeats", value))
            .transpose()?;
        let overwrite = protojson::set(&fields, "overwrite")
            .map(|value| protojson::boolean("overwrite", value))
            .transpose()?;
        let failure_policy = protojson::set(&fields, "failurePolicy")
            .map(FailurePolicy::read)
            .transpose()?;
        let data = fields.get("data").copied().map(data::normal).transpose()?;
        Ok(Self {
            name: string("name")?.unwrap_or_default(),
            schedule: string("schedule")?,
            repeats,
            due_time: string("dueTime")?,
            ttl: string("ttl")?,
            data,
            overwrite: overwrite.unwrap_or_default(),
            failure_policy: failure_policy.flatten(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_as_protojson() {
        let body = br#"{
            "schedule": "@daily", "repeats": "2", "due_time": "1s", "ttl": null, "data": null,
            "overwrite": true, "failure_policy": {"drop": {}}, "other": 1
        }"#;
        let expected = Request {
            schedule: Some("@daily".to_owned()),
            repeats: Some(2),
            due_time: Some("1s".to_owned()),
            data: Some("null".to_owned()),
            overwrite: true,
            failure_policy: Some(FailurePolicy::Drop),
            ..Request::default()
        };
        assert_eq!(Request::read(body), Ok(expected));
        assert_eq!(Request::read(b""), Ok(Request::default()));
        assert_eq!(Request::read(b"{}"), Ok(Request::default()));
    }

    #[test]
    fn a_field_of_another_kind_is_refused() {
        for body in [
            " ",
            "null",
            "[]",
            "{} {}",
            r#"{"schedule": 5}"#,
            r#"{"repeats": "many"}"#,
            r#"{"repeats": 1.5}"#,
            r#"{"dueTime": 10}"#,
            r#"{"ttl": {}}"#,
            r#"{"overwrite": "true"}"#,
            r#"{"failurePolicy": "drop"}"#,
            r#"{"dueTime": "1s", "due_time": "1s"}"#,
            r#"{"data": {"a": 1, "a": 2}}"#,
            r#"{"data": 1e999}"#,
            r#"{"name": 1}"#,
        ] {
            assert!(Request::read(body.as_bytes()).is_err(), "{body}");
        }
        assert!(Request::read(b"{\"data\": \"\xff\"}").is_err());
    }
}
