//! Jobs, bindings, health.

use duebell_dapr::{FailurePolicy, Job, Scheduled, SidecarError};
use futures::executor::block_on;
use serde_json::json;

use crate::Scripted;

#[test]
fn a_job_is_scheduled_with_its_data() {
    let script = Scripted::answering(204, "");
    let job = Job {
        due_time: Some("2026-01-15T13:00:00Z".to_owned()),
        data: json!({"reminder_id": 789}),
        failure_policy: Some(FailurePolicy::Constant {
            interval: "2s".to_owned(),
            max_retries: 5,
        }),
        ..Job::default()
    };
    let scheduled = block_on(script.sidecar().schedule_job("reminder-789", &job));
    assert_eq!(scheduled, Ok(Scheduled::Scheduled));
    assert_eq!(
        script.asked(),
        "POST /v1.0/jobs/reminder-789 {\"dueTime\":\"2026-01-15T13:00:00Z\",\
         \"data\":{\"reminder_id\":789},\"overwrite\":false,\
         \"failurePolicy\":{\"constant\":{\"interval\":\"2s\",\"maxRetries\":5}}}"
    );
}

#[test]
fn a_job_without_data_has_its_data_sent_all_the_same() {
    let script = Scripted::answering(204, "");
    let job = Job {
        schedule: Some("@every 5s".to_owned()),
        failure_policy: Some(FailurePolicy::Drop {}),
        ..Job::default()
    };
    assert_eq!(
        block_on(script.sidecar().schedule_job("tick", &job)),
        Ok(Scheduled::Scheduled)
    );
    assert_eq!(
        script.asked(),
        "POST /v1.0/jobs/tick {\"schedule\":\"@every 5s\",\"data\":null,\"overwrite\":false,\"failurePolicy\":{\"drop\":{}}}"
    );
}

#[test]
fn a_job_that_exists_is_no_error() {
    let script = Scripted::answering(409, r#"{"errorCode":"ERR_JOB","message":"exists"}"#);
    let scheduled = block_on(script.sidecar().schedule_job("tick", &Job::default()));
    assert_eq!(scheduled, Ok(Scheduled::AlreadyExists));
}

#[test]
fn a_name_that_dapr_would_not_take_is_refused_before() {
    let script = Scripted::default();
    for name in ["", "A", "a|b", "a/b", "a@b", "a_b", "é"] {
        let deleted = block_on(script.sidecar().delete_job(name));
        assert!(matches!(deleted, Err(SidecarError::Unusable(_))), "{name}");
    }
}

#[test]
fn a_job_that_is_not_there_is_none() {
    let body = r#"{"errorCode":"DAPR_SCHEDULER_GET_JOB","message":"failed to get job due to: rpc error: code = NotFound desc = job not found: tick"}"#;
    let script = Scripted::answering(500, body);
    assert_eq!(block_on(script.sidecar().get_job("tick")), Ok(None));
    let script = Scripted::answering(500, r#"{"errorCode":"X","message":"scheduler is away"}"#);
    assert!(block_on(script.sidecar().get_job("tick")).is_err());
    let script = Scripted::answering(200, r#"{"name":"tick"}"#);
    assert_eq!(
        block_on(script.sidecar().get_job("tick")),
        Ok(Some(json!({"name": "tick"})))
    );
}

#[test]
fn a_job_is_deleted() {
    let script = Scripted::answering(204, "");
    assert_eq!(block_on(script.sidecar().delete_job("tick")), Ok(()));
    assert_eq!(script.asked(), "DELETE /v1.0/jobs/tick ");
}

#[test]
fn a_binding_is_called_and_its_answer_returned() {
    let script = Scripted::answering(200, "pong");
    let metadata = [("path".to_owned(), "/ping".to_owned())];
    let answer = block_on(script.sidecar().invoke_binding(
        "web hook",
        "get",
        &json!(null),
        &metadata,
    ));
    assert_eq!(answer.unwrap(), "pong");
    assert_eq!(
        script.asked(),
        "POST /v1.0/bindings/web%20hook {\"operation\":\"get\",\"data\":null,\"metadata\":{\"path\":\"/ping\"}}"
    );
}

#[test]
fn a_sidecar_is_healthy_when_it_can_be_called() {
    for (status, healthy) in [(204, true), (500, false)] {
        let script = Scripted::answering(status, "");
        assert_eq!(block_on(script.sidecar().is_healthy()), healthy);
        assert_eq!(script.asked(), "GET /v1.0/healthz/outbound ");
    }
}
