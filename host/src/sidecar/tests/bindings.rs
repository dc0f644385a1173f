use http::Method;
use serde_json::{Value, json};

use super::{APP_TOKEN, Files, Story};

fn cron(name: &str, settings: &[(&str, &str)]) -> String {
    let items: Vec<Value> = settings
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({
        "apiVersion": "dapr.io/v1alpha1", "kind": "Component", "metadata": { "name": name },
        "spec": { "type": "bindings.cron", "version": "v1", "metadata": items },
    })
    .to_string()
}

#[tokio::test]
async fn a_cron_binding_posts_an_empty_body_at_each_tick() {
    let files = Files::from([(
        "sweep.yaml",
        cron(
            "sweep-task-api",
            &[("schedule", "@every 1s"), ("direction", "input")],
        ),
    )]);
    let story = Story::with(files, Value::Null).await;
    for _ in 0..2 {
        let call = story.app.next().await;
        assert_eq!(
            (call.method.clone(), call.path.as_str()),
            (Method::POST, "/sweep-task-api")
        );
        assert_eq!(call.header("dapr-api-token"), APP_TOKEN);
        assert!(call.body.is_empty());
    }
}

#[tokio::test]
async fn without_a_direction_the_app_is_asked_first() {
    let files = Files::from([
        ("no.yaml", cron("unwanted", &[("schedule", "* * * * * *")])),
        (
            "yes.yaml",
            cron(
                "wanted",
                &[("schedule", "* * * * * *"), ("route", "/ticks/here")],
            ),
        ),
    ]);
    let app = super::TestApp::start(Value::Null).await;
    app.answers(|call| match call.path.as_str() {
        "/unwanted" => (404, String::new()),
        _ => (200, String::new()),
    });
    let dir = tempfile::tempdir().unwrap();
    let sidecar = Story::start(&app, &files, dir.path()).await;
    let mut asked =
        [app.next().await, app.next().await].map(|call| (call.method.to_string(), call.path));
    asked.sort();
    assert_eq!(asked[0], ("OPTIONS".to_owned(), "/ticks/here".to_owned()));
    assert_eq!(asked[1], ("OPTIONS".to_owned(), "/unwanted".to_owned()));
    for _ in 0..2 {
        let call = app.next().await;
        assert_eq!(
            (call.method, call.path.as_str()),
            (Method::POST, "/ticks/here")
        );
    }
    sidecar.shutdown().await;
}
