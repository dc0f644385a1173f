//! Errors of the jobs interface, as Dapr has them.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::json;

use super::errors::{Answer, json, plain};

/// Dapr's namespace where none is said.
const NAMESPACE: &str = "default";

/// What a request for a job failed with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum JobError {
    /// The body did not come, or is too large.
    Body(String),
    /// The body is not JSON, or a field is not of its kind.
    Malformed(String),
    /// The body has a name, too.
    NameInBody,
    /// The name is blank.
    NoName,
    /// There is neither a schedule nor a due time.
    NoSchedule,
    /// There is a job of that name already.
    Exists(String),
    /// It cannot be scheduled.
    Schedule(String),
    /// There is no job of that name.
    NotFound(String),
    /// It cannot be read.
    Get(String),
    /// It cannot be deleted.
    Delete(String),
    /// It cannot be shown.
    Show(String),
}

impl JobError {
    /// The answer that says so, to this app.
    pub(crate) fn answer(&self, app_id: &str) -> Answer {
        let error = StatusCode::INTERNAL_SERVER_ERROR;
        let bad = StatusCode::BAD_REQUEST;
        // The scheduler is another process to Dapr, reached by gRPC; and its messages
        // show that.
        let (status, reason, message) = match self {
            Self::Body(why) => {
                let message = format!("failed to read request body: {why}");
                return plain(bad, "ERR_BODY_READ", &message);
            }
            Self::Malformed(why) => {
                let message = format!("failed deserializing HTTP body: {why}");
                return plain(bad, "ERR_MALFORMED_REQUEST", &message);
            }
            Self::Show(why) => {
                let message = format!("failed to encode response as JSON: {why}");
                return plain(error, "ERR_INTERNAL", &message);
            }
            Self::NameInBody => (
                bad,
                "DAPR_SCHEDULER_JOB_NAME",
                "Set the job name in the url only".to_owned(),
            ),
            Self::NoName => (
                bad,
                "DAPR_SCHEDULER_JOB_NAME_EMPTY",
                "Name is empty".to_owned(),
            ),
            Self::NoSchedule => (
                bad,
                "DAPR_SCHEDULER_SCHEDULE_EMPTY",
                "Schedule is empty".to_owned(),
            ),
            Self::Exists(name) => (
                StatusCode::CONFLICT,
                "DAPR_SCHEDULER_SCHEDULE_JOB",
                format!(
                    "failed to schedule job due to: rpc error: code = AlreadyExists desc = job already exists: 'app||{NAMESPACE}||{app_id}||{name}'"
                ),
            ),
            Self::Schedule(why) => (
                error,
                "DAPR_SCHEDULER_SCHEDULE_JOB",
                format!("failed to schedule job due to: rpc error: code = Unknown desc = {why}"),
            ),
            Self::NotFound(name) => (
                error,
                "DAPR_SCHEDULER_GET_JOB",
                format!(
                    "failed to get job due to: rpc error: code = NotFound desc = job not found: {name}"
                ),
            ),
            Self::Get(why) => (
                error,
                "DAPR_SCHEDULER_GET_JOB",
                format!("failed to get job due to: rpc error: code = Unknown desc = {why}"),
            ),
            Self::Delete(why) => (
                error,
                "DAPR_SCHEDULER_DELETE_JOB",
                format!("failed to delete job due to: rpc error: code = Unknown desc = {why}"),
            ),
        };
        let mut metadata = BTreeMap::from([("appID", app_id)]);
        if *self != Self::NameInBody {
            metadata.insert("namespace", NAMESPACE);
        }
        let body = json!({
            "errorCode": reason,
            "message": message,
            "details": [{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "domain": "dapr.io",
                "metadata": metadata,
                "reason": reason,
            }],
        });
        json(status, &body)
    }
}
