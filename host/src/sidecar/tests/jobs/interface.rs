use http::Method;
use serde_json::{Value, json};

use super::story;
use crate::sidecar::tests::TOKEN;

#[tokio::test]
async fn a_job_is_scheduled_shown_and_deleted() {
    let story = story().await;
    let job = json!({
        "schedule": "@every 1h", "repeats": "5", "due_time": "10h", "ttl": "P1D",
        "data": { "b": [1, null], "a": "x" }, "unknown": true,
        "failurePolicy": { "constant": { "interval": "1.5s", "maxRetries": 7 } },
    });
    story.schedule("j", job).await;
    let (status, shown) = story.job(Method::GET, "j", "").await;
    assert_eq!(status, 200);
    let expected = json!({
        "name": "j", "schedule": "@every 1h", "repeats": 5, "dueTime": "10h", "ttl": "P1D",
        "data": { "@type": "type.googleapis.com/google.protobuf.Value", "value": { "a": "x", "b": [1, null] } },
        "failurePolicy": { "constant": { "interval": "1.500s", "maxRetries": 7 } },
    });
    assert_eq!(shown, expected);
    story.delete_job("j").await;
    assert!(!story.has_job("j").await);
    story.delete_job("j").await;
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_shown_but_for_the_default_policy() {
    let story = story().await;
    story
        .schedule(
            "j",
            json!({ "dueTime": "1h", "data": null, "failurePolicy": {} }),
        )
        .await;
    let expected = json!({
        "name": "j", "dueTime": "1h",
        "data": { "@type": "type.googleapis.com/google.protobuf.Value", "value": null },
        "failurePolicy": { "constant": { "interval": "1s", "maxRetries": 3 } },
    });
    assert_eq!(story.job(Method::GET, "j", "").await, (200, expected));
    story
        .schedule(
            "k",
            json!({ "dueTime": "1h", "failurePolicy": { "drop": {} } }),
        )
        .await;
    let (_, shown) = story.job(Method::GET, "k", "").await;
    assert_eq!(shown["failurePolicy"], json!({ "drop": {} }));
}

#[tokio::test]
async fn both_versions_want_the_token_and_there_is_no_put() {
    let story = story().await;
    for version in ["v1.0", "v1.0-alpha1"] {
        let url = story.url(&format!("/{version}/jobs/of-{version}"));
        for method in [Method::POST, Method::GET, Method::DELETE] {
            let request = story.client.request(method, &url).body("{}");
            assert_eq!(request.send().await.unwrap().status(), 401);
        }
        let send = async |method: Method, body: &'static str| {
            let request = story.client.request(method, &url).body(body);
            let answer = request
                .header("dapr-api-token", TOKEN)
                .send()
                .await
                .unwrap();
            answer.status().as_u16()
        };
        assert_eq!(send(Method::PUT, r#"{"dueTime":"1h","data":1}"#).await, 404);
        assert_eq!(send(Method::GET, "").await, 500);
        assert_eq!(
            send(Method::POST, r#"{"dueTime":"1h","data":1}"#).await,
            204
        );
        assert_eq!(send(Method::GET, "").await, 200);
        assert_eq!(send(Method::DELETE, "").await, 204);
        assert_eq!(send(Method::GET, "").await, 500);
    }
}

#[tokio::test]
async fn a_job_is_overwritten_only_if_that_is_asked_for() {
    let story = story().await;
    story.schedule("j", json!({ "dueTime": "1h" })).await;
    let (status, body) = story
        .job(Method::POST, "j", r#"{"dueTime":"2h","data":1}"#)
        .await;
    assert_eq!(status, 409);
    let expected = json!({
        "errorCode": "DAPR_SCHEDULER_SCHEDULE_JOB",
        "message": "failed to schedule job due to: rpc error: code = AlreadyExists desc = job already exists: 'app||default||duebell||j'",
        "details": [{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "DAPR_SCHEDULER_SCHEDULE_JOB",
            "domain": "dapr.io",
            "metadata": { "appID": "duebell", "namespace": "default" },
        }],
    });
    assert_eq!(body, expected);
    story
        .schedule("j", json!({ "dueTime": "3h", "overwrite": true }))
        .await;
    let (_, shown) = story.job(Method::GET, "j", "").await;
    assert_eq!(shown["dueTime"], "3h");
}

#[tokio::test]
async fn what_is_no_job_is_refused_with_daprs_codes() {
    let story = story().await;
    let schedule = "DAPR_SCHEDULER_SCHEDULE_JOB";
    let malformed = "ERR_MALFORMED_REQUEST";
    let unknown = "failed to schedule job due to: rpc error: code = Unknown desc = ";
    for (name, body, status, code, message) in [
        (
            "j",
            "",
            400,
            "DAPR_SCHEDULER_SCHEDULE_EMPTY",
            "Schedule is empty",
        ),
        (
            "j",
            r#"{"data":1,"dueTime":null}"#,
            400,
            "DAPR_SCHEDULER_SCHEDULE_EMPTY",
            "Schedule is empty",
        ),
        ("j", "{", 400, malformed, "failed deserializing HTTP body: "),
        (
            "j",
            "[]",
            400,
            malformed,
            "failed deserializing HTTP body: ",
        ),
        (
            "j",
            r#"{"dueTime":5}"#,
            400,
            malformed,
            "failed deserializing HTTP body: invalid value for string field dueTime: 5",
        ),
        (
            "j",
            r#"{"dueTime":"1s","name":"j"}"#,
            400,
            "DAPR_SCHEDULER_JOB_NAME",
            "Set the job name in the url only",
        ),
        (
            "%20",
            r#"{"dueTime":"1s"}"#,
            400,
            "DAPR_SCHEDULER_JOB_NAME_EMPTY",
            "Name is empty",
        ),
        (
            "a%2Fb",
            r#"{"dueTime":"1s"}"#,
            500,
            schedule,
            &format!("{unknown}job name is invalid \"app||default||duebell||a/b\": "),
        ),
        (
            "j",
            r#"{"dueTime":"soon"}"#,
            500,
            schedule,
            &format!("{unknown}job failed validation: due time format not recognized"),
        ),
        (
            "j",
            r#"{"dueTime":"R2/PT1S"}"#,
            500,
            schedule,
            &format!("{unknown}job failed validation: repeats not supported for due time"),
        ),
        (
            "j",
            r#"{"schedule":"* * * * *"}"#,
            500,
            schedule,
            &format!(
                "{unknown}job failed validation: expected exactly 6 fields, found 5: [* * * * *]"
            ),
        ),
        (
            "j",
            r#"{"dueTime":"1s","repeats":2}"#,
            500,
            schedule,
            &format!("{unknown}job failed validation: job must have a schedule to repeat"),
        ),
        (
            "j",
            r#"{"dueTime":"1s","repeats":0}"#,
            500,
            schedule,
            &format!("{unknown}job failed validation: defined repeats must be greater than 0"),
        ),
        (
            "j",
            r#"{"dueTime":"1s","ttl":"2s"}"#,
            500,
            schedule,
            &format!("{unknown}job failed validation: job must have a schedule to have a ttl"),
        ),
        (
            "j",
            r#"{"schedule":"@hourly","ttl":"soon"}"#,
            500,
            schedule,
            &format!("{unknown}job failed validation: ttl format not recognized"),
        ),
    ] {
        let (got, answer) = story.job(Method::POST, name, body).await;
        assert_eq!(
            (got, &answer["errorCode"]),
            (status, &json!(code)),
            "{body}"
        );
        let got = answer["message"].as_str().unwrap();
        assert!(got.starts_with(message), "{body}: {got}");
        let details = &answer["details"][0]["metadata"];
        match code {
            "ERR_MALFORMED_REQUEST" => assert_eq!(details, &Value::Null),
            "DAPR_SCHEDULER_JOB_NAME" => assert_eq!(details, &json!({ "appID": "duebell" })),
            _ => assert_eq!(
                details,
                &json!({ "appID": "duebell", "namespace": "default" })
            ),
        }
    }
    assert!(!story.has_job("j").await);
    for (method, code) in [
        (Method::GET, "DAPR_SCHEDULER_GET_JOB"),
        (Method::DELETE, "DAPR_SCHEDULER_DELETE_JOB"),
    ] {
        let (status, answer) = story.job(method, "a%23b", "").await;
        assert_eq!((status, &answer["errorCode"]), (500, &json!(code)));
    }
    let large = format!(
        r#"{{"dueTime":"1h","data":"{}"}}"#,
        "x".repeat(4 * 1024 * 1024)
    );
    let (status, answer) = story.job(Method::POST, "j", &large).await;
    assert_eq!(
        (status, &answer["errorCode"]),
        (400, &json!("ERR_BODY_READ"))
    );
}
