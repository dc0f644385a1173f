//! `POST`, `GET` and `DELETE /v1.0/jobs/{name}`.

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::State;
use super::errors::{Answer, json_text, no_content};
use super::job_errors::JobError;
use crate::sidecar::jobs::{self, Job, Request, Scheduled};

/// Schedules a job. 204 when it is on disk.
pub(crate) async fn schedule(state: &State, name: &str, body: Result<Bytes, String>) -> Answer {
    answer(state, try_schedule(state, name.trim(), body).await)
}

async fn try_schedule(
    state: &State,
    name: &str,
    body: Result<Bytes, String>,
) -> Result<Answer, JobError> {
    let body = body.map_err(JobError::Body)?;
    let request = Request::read(&body).map_err(JobError::Malformed)?;
    if !request.name.is_empty() {
        return Err(JobError::NameInBody);
    }
    if name.is_empty() {
        return Err(JobError::NoName);
    }
    if request.schedule.is_none() && request.due_time.is_none() {
        return Err(JobError::NoSchedule);
    }
    jobs::check_name(&state.app_id, name).map_err(JobError::Schedule)?;
    let overwrite = request.overwrite;
    let plan = jobs::plan(request, state.jobs.clock().now())
        .map_err(|why| JobError::Schedule(format!("job failed validation: {why}")))?;
    let has_data = plan.job.data.is_some();
    match state.jobs.schedule(name, plan, overwrite).await {
        Ok(Scheduled::Yes) => {
            state.metrics.scheduled();
            if !has_data {
                tracing::warn!(
                    job = name,
                    "a job without `data` will never reach the app: Dapr 1.18 cannot deliver one. Send `data`; `{{}}` will do"
                );
            }
            Ok(no_content())
        }
        Ok(Scheduled::Exists) => Err(JobError::Exists(name.to_owned())),
        Err(error) => Err(JobError::Schedule(error.to_string())),
    }
}

/// Deletes a job. 204, also if there is none.
pub(crate) async fn delete(state: &State, name: &str) -> Answer {
    answer(state, try_delete(state, name).await)
}

async fn try_delete(state: &State, name: &str) -> Result<Answer, JobError> {
    jobs::check_name(&state.app_id, name).map_err(JobError::Delete)?;
    let deleted = state.jobs.delete(name).await;
    deleted.map_err(|error| JobError::Delete(error.to_string()))?;
    Ok(no_content())
}

/// The fields in the order of Dapr's message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_time: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<&'a str>,
    data: Any<'a>,
    failure_policy: Value,
}

/// A google.protobuf.Any with a google.protobuf.Value.
#[derive(Serialize)]
struct Any<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    value: &'a RawValue,
}

/// Shows a job.
pub(crate) async fn get(state: &State, name: &str) -> Answer {
    answer(state, try_get(state, name).await)
}

async fn try_get(state: &State, name: &str) -> Result<Answer, JobError> {
    jobs::check_name(&state.app_id, name).map_err(JobError::Get)?;
    match state.jobs.get(name).await {
        Ok(Some(job)) => Ok(json_text(StatusCode::OK, show(name, &job)?)),
        Ok(None) => Err(JobError::NotFound(name.to_owned())),
        Err(error) => Err(JobError::Get(error.to_string())),
    }
}

fn show(name: &str, job: &Job) -> Result<String, JobError> {
    let Some(data) = &job.data else {
        let why = "google.protobuf.Value: none of the oneof fields is set";
        return Err(JobError::Show(why.to_owned()));
    };
    let shown = Shown {
        name,
        schedule: job.schedule.as_deref(),
        repeats: job.repeats,
        due_time: job.due_time.as_deref(),
        ttl: job.ttl.as_deref(),
        data: Any {
            kind: "type.googleapis.com/google.protobuf.Value",
            value: serde_json::from_str(data).map_err(|error| JobError::Show(error.to_string()))?,
        },
        failure_policy: job.failure_policy.to_json(),
    };
    serde_json::to_string(&shown).map_err(|error| JobError::Show(error.to_string()))
}

fn answer(state: &State, outcome: Result<Answer, JobError>) -> Answer {
    outcome.unwrap_or_else(|error| error.answer(&state.app_id))
}
