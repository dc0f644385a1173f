//! A job.

use super::duration::Duration;
use super::protojson::{self, Known};

/// A job as it was asked for, which is also how it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) schedule: Option<String>,
    pub(crate) repeats: Option<u32>,
    pub(crate) due_time: Option<String>,
    pub(crate) ttl: Option<String>,
    /// What the app is given, in JSON. None: Dapr cannot deliver such a job.
    pub(crate) data: Option<String>,
    pub(crate) failure_policy: FailurePolicy,
}

/// What becomes of a tick that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailurePolicy {
    /// It is dropped.
    Drop,
    /// It is tried again.
    Constant {
        /// After so long. None: at once.
        interval: Option<Duration>,
        /// So many times. None: without end.
        max_retries: Option<u32>,
    },
}

impl Default for FailurePolicy {
    /// Dapr's: three times, each after a second.
    fn default() -> Self {
        Self::Constant {
            interval: Some(Duration::from_secs(1)),
            max_retries: Some(3),
        }
    }
}

const POLICY: &[Known] = &[("constant", "constant"), ("drop", "drop")];
const CONSTANT: &[Known] = &[("interval", "interval"), ("maxRetries", "max_retries")];

impl FailurePolicy {
    /// Reads one from JSON. None: it names no policy.
    ///
    /// # Errors
    /// It is none, or two at once.
    pub(crate) fn read(text: &str) -> Result<Option<Self>, String> {
        let fields = protojson::message(text, POLICY)?;
        match (
            protojson::set(&fields, "constant"),
            protojson::set(&fields, "drop"),
        ) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(
                "error parsing failurePolicy: it is `constant` or `drop`, and one is already set"
                    .to_owned(),
            ),
            (None, Some(drop)) => {
                protojson::message(drop, &[])?;
                Ok(Some(Self::Drop))
            }
            (Some(constant), None) => {
                let fields = protojson::message(constant, CONSTANT)?;
                let interval = protojson::set(&fields, "interval")
                    .map(|value| Duration::read("interval", value))
                    .transpose()?;
                let max_retries = protojson::set(&fields, "maxRetries")
                    .map(|value| protojson::uint32("maxRetries", value))
                    .transpose()?;
                Ok(Some(Self::Constant {
                    interval,
                    max_retries,
                }))
            }
        }
    }

    /// The policy in JSON.
    pub(crate) fn to_json(self) -> serde_json::Value {
        match self {
            Self::Drop => serde_json::json!({ "drop": {} }),
            Self::Constant {
                interval,
                max_retries,
            } => {
                let mut constant = serde_json::Map::new();
                if let Some(interval) = interval {
                    constant.insert("interval".to_owned(), interval.to_string().into());
                }
                if let Some(max_retries) = max_retries {
                    constant.insert("maxRetries".to_owned(), max_retries.into());
                }
                serde_json::json!({ "constant": constant })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_written_as_it_was_read() {
        for text in [
            r#"{"drop":{}}"#,
            r#"{"constant":{}}"#,
            r#"{"constant":{"interval":"0.250s"}}"#,
            r#"{"constant":{"interval":"1s","maxRetries":0}}"#,
        ] {
            let policy = FailurePolicy::read(text).unwrap().unwrap();
            assert_eq!(policy.to_json().to_string(), text);
        }
        let default = FailurePolicy::default().to_json().to_string();
        assert_eq!(default, r#"{"constant":{"interval":"1s","maxRetries":3}}"#);
        let lenient = r#"{"drop":null,"constant":{"max_retries":"2","interval":null,"x":1}}"#;
        let policy = FailurePolicy::read(lenient).unwrap().unwrap();
        assert_eq!(
            policy.to_json().to_string(),
            r#"{"constant":{"maxRetries":2}}"#
        );
    }

    #[test]
    fn what_is_no_policy_is_refused_or_none() {
        for none in ["{}", r#"{"drop":null}"#, r#"{"other":{}}"#] {
            assert_eq!(FailurePolicy::read(none), Ok(None), "{none}");
        }
        for wrong in [
            "5",
            r#""drop""#,
            r#"{"drop":true}"#,
            r#"{"drop":{},"constant":{}}"#,
            r#"{"constant":{"interval":1}}"#,
            r#"{"constant":{"interval":"1m"}}"#,
            r#"{"constant":{"maxRetries":-1}}"#,
        ] {
            assert!(FailurePolicy::read(wrong).is_err(), "{wrong}");
        }
    }
}
