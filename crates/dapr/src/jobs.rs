//! Jobs: what the sidecar posts back to `/job/<name>` when its time has come.
//!
//! At least once, in no order, and not for certain: while the app is away, jobs
//! are lost. They are an alarm clock, never the truth.

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::sidecar::path;
use crate::{Sidecar, SidecarError, Transport};

/// A job to schedule. It needs a `schedule` or a `due_time`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Six fields of cron, or `@every 5s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// RFC 3339 with a zone, or a duration from now. What is past is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_time: Option<String>,
    /// How often it runs at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
    /// Until when it lives: as `due_time`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<String>,
    /// What is posted back. Always sent: without it, a job never arrives. Integers
    /// are exact up to 53 bits.
    pub data: Value,
    /// Whether it takes the place of a job of the same name.
    pub overwrite: bool,
    /// What happens when the app does not answer with success; by default three
    /// more attempts, a second apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_policy: Option<FailurePolicy>,
}

/// What happens when the app does not answer a job with success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FailurePolicy {
    /// It is posted again, this often at most.
    #[serde(rename_all = "camelCase")]
    Constant {
        /// The time between, as Go writes durations: `2s`.
        interval: String,
        /// How many more attempts.
        max_retries: u32,
    },
    /// It is dropped.
    Drop {},
}

/// What became of a job that was to be scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduled {
    /// It will be posted back.
    Scheduled,
    /// There is one of that name, and it was not to be overwritten.
    AlreadyExists,
}

impl<T: Transport> Sidecar<T> {
    /// Schedules a job.
    ///
    /// # Errors
    ///
    /// The name has other than small letters, digits and `-`; the sidecar cannot
    /// be reached, or refused the job.
    pub async fn schedule_job(&self, name: &str, job: &Job) -> Result<Scheduled, SidecarError> {
        let path = job_path(name)?;
        let body =
            serde_json::to_vec(job).map_err(|error| SidecarError::Unusable(error.to_string()))?;
        let content = ("application/json", body.into());
        let response = self.call(Method::POST, &path, Some(content)).await?;
        match response.status() {
            status if status.is_success() => Ok(Scheduled::Scheduled),
            StatusCode::CONFLICT => Ok(Scheduled::AlreadyExists),
            _ => Err(SidecarError::of(&response)),
        }
    }

    /// The job of this name as the sidecar describes it; `None` if there is none,
    /// or none any more.
    ///
    /// # Errors
    ///
    /// As [`schedule_job`](Self::schedule_job).
    pub async fn get_job(&self, name: &str) -> Result<Option<Value>, SidecarError> {
        let response = self.call(Method::GET, &job_path(name)?, None).await?;
        if response.status().is_success() {
            return serde_json::from_slice(response.body())
                .map(Some)
                .map_err(|_| SidecarError::of(&response));
        }
        match SidecarError::of(&response) {
            // Dapr answers 500, and tells it in words alone.
            SidecarError::Refused {
                status, message, ..
            } if status == StatusCode::NOT_FOUND || message.contains("job not found") => Ok(None),
            error => Err(error),
        }
    }

    /// Deletes the job of this name, if there is one.
    ///
    /// # Errors
    ///
    /// As [`schedule_job`](Self::schedule_job).
    pub async fn delete_job(&self, name: &str) -> Result<(), SidecarError> {
        self.call_ok(Method::DELETE, &job_path(name)?, None).await?;
        Ok(())
    }
}

fn job_path(name: &str) -> Result<String, SidecarError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err(SidecarError::Unusable(format!(
            "a job's name has small letters, digits and - only: {name:?}"
        )));
    }
    Ok(path(&["v1.0", "jobs", name]))
}
