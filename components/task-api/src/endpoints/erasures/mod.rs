//! Erasures, for operators.

pub(crate) mod ask;
pub(crate) mod show;

use crate::storage::erasures::{Erasure, Part};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use duebell_edge::Failure;
use duebell_erasures::pseudonym;
use duebell_service::body::json_response;
use http::{HeaderValue, Response, StatusCode, header::LOCATION};
use serde::Serialize;

/// An erasure, as operators see it: without the user.
#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    requested_by: &'a str,
    requested_at: String,
    /// When nothing was left; null as long as something may be.
    completed_at: Option<String>,
    /// Whose the user's audit is from then on: to be asked for as `user_id`.
    audit_user_id: String,
    components: Vec<PartView<'a>>,
}

/// How far a component has come.
#[derive(Serialize)]
struct PartView<'a> {
    component: &'a str,
    /// When nothing was left there; null as long as something may be.
    done_at: Option<String>,
    /// What it waits for, or why it gave no answer; null if it was not asked yet.
    waiting_for: Option<&'a str>,
}

/// It as an answer.
fn response(erasure: &Erasure, parts: &[Part]) -> Result<Response<Bytes>, Failure> {
    let view = View {
        id: &erasure.id,
        requested_by: &erasure.requested_by,
        requested_at: time(erasure.requested_at)?,
        completed_at: erasure.completed_at.map(time).transpose()?,
        audit_user_id: pseudonym(&erasure.id),
        components: parts
            .iter()
            .map(|part| {
                Ok(PartView {
                    component: &part.component,
                    done_at: part.done_at.map(time).transpose()?,
                    waiting_for: part.waiting_for.as_deref(),
                })
            })
            .collect::<Result<_, Failure>>()?,
    };
    Ok(json_response(StatusCode::OK, &view)?)
}

/// The same as an answer to who asks for it: it is under way.
fn accepted(erasure: &Erasure, parts: &[Part]) -> Result<Response<Bytes>, Failure> {
    let mut response = response(erasure, parts)?;
    *response.status_mut() = StatusCode::ACCEPTED;
    let location = format!("/api/erasures/{}", erasure.id);
    let location = HeaderValue::try_from(location).map_err(Failure::internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

fn time(milliseconds: i64) -> Result<String, Failure> {
    let time = DateTime::from_timestamp_millis(milliseconds)
        .ok_or_else(|| Failure::internal("a time of an erasure cannot be read"))?;
    Ok(time.to_rfc3339_opts(SecondsFormat::Millis, true))
}
