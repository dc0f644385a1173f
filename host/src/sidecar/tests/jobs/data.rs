use http::Method;
use serde_json::json;

use super::story;
use crate::sidecar::tests::{APP_TOKEN, TOKEN};

#[tokio::test]
async fn the_app_is_called_with_the_data() {
    let story = story().await;
    story
        .schedule(
            "j",
            json!({ "dueTime": "0", "data": { "id": 17, "s": "é\n" } }),
        )
        .await;
    let call = story.next_job("j").await;
    assert_eq!(call.method, Method::POST);
    assert_eq!(call.header("content-type"), "application/json");
    assert_eq!(call.header("dapr-api-token"), APP_TOKEN);
    assert_eq!(call.json(), json!({ "id": 17, "s": "é\n" }));
    story
        .schedule("with%20blank:and_more", json!({ "dueTime": "0" }))
        .await;
    assert_eq!(story.app.next().await.path, "/job/with%20blank:and_more");
    for data in [
        json!(null),
        json!("text"),
        json!([]),
        json!(1.5),
        json!(false),
    ] {
        story
            .schedule(
                "j",
                json!({ "dueTime": "0", "data": data, "overwrite": true }),
            )
            .await;
        assert_eq!(story.next_job("j").await.json(), data);
    }
}

#[tokio::test]
async fn numbers_in_data_pass_through_float64() {
    let story = story().await;
    let body = r#"{"dueTime":"1h","data":[9007199254740992,9007199254740993,-9007199254740991,1e21,123456789012345678901,0.1,1.0]}"#;
    let expected =
        "[9007199254740992,9007199254740992,-9007199254740991,1e+21,123456789012345680000,0.1,1]";
    assert_eq!(story.job(Method::POST, "j", body).await.0, 204);
    let shown = story
        .client
        .get(story.url("/v1.0/jobs/j"))
        .header("dapr-api-token", TOKEN);
    let shown = shown.send().await.unwrap().text().await.unwrap();
    assert!(shown.contains(&format!(r#""value":{expected}"#)), "{shown}");
    let now = body
        .replace("1h", "0")
        .replace("{\"", "{\"overwrite\":true,\"");
    assert_eq!(story.job(Method::POST, "j", &now).await.0, 204);
    assert_eq!(story.next_job("j").await.body, expected);
}

#[tokio::test]
async fn a_job_without_data_never_reaches_the_app() {
    let story = story().await;
    let body = r#"{"dueTime":"1h"}"#;
    assert_eq!(story.job(Method::POST, "silent", body).await.0, 204);
    let (status, answer) = story.job(Method::GET, "silent", "").await;
    assert_eq!(
        (status, &answer["errorCode"]),
        (500, &json!("ERR_INTERNAL"))
    );
    let body = r#"{"dueTime":"0","overwrite":true}"#;
    assert_eq!(story.job(Method::POST, "silent", body).await.0, 204);
    story.until_gone("silent").await;
    story.nothing_but("other").await;
}
