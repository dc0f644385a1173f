//! No user asks more often than the operator allows.

use crate::harness::{App, Options, eventually};
use serde_json::json;

/// Requests a minute.
const LIMIT: usize = 20;

async fn limited() -> App {
    App::start_with(Options {
        variables: vec![("rate_limit".to_owned(), LIMIT.to_string())],
        ..Options::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_is_told_when_to_come_back_and_others_are_not() {
    let app = limited().await;
    let alice = app.user("alice");
    let first = alice.get("/api/tasks").await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), "\"task-api\";q=20;w=60");
    assert!(
        first
            .header("ratelimit")
            .starts_with("\"task-api\";r=19;t=")
    );

    let mut refused = None;
    // One comes back every three seconds; what other instances count, milliseconds late.
    for _ in 0..10 * LIMIT {
        let answer = alice.post("/api/tasks", &json!({ "title": "x" })).await;
        match answer.status {
            201 => {}
            429 => {
                refused = Some(answer);
                break;
            }
            other => panic!("{other}: {}", answer.text),
        }
    }
    let refused = refused.expect("429");
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(
        refused.json["type"],
        "https://duebell.dev/problems/too-many"
    );
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert!(
        refused
            .header("ratelimit")
            .starts_with("\"task-api\";r=0;t=")
    );

    // Another user, and another component.
    app.user("bob").get("/api/tasks").await.expect(200);
    let audit = alice.get("/api/audit").await.expect(200);
    assert!(audit.header("ratelimit").starts_with("\"audit-sink\";r="));
    // Whoever is nobody, is told that first.
    app.anyone().get("/api/tasks").await.expect(401);
    app.anyone().get("/api/health").await.expect(200);

    eventually("a request comes back", async || {
        (alice.get("/api/tasks").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_limit_nothing_is_said_of_one() {
    let app = App::start().await;
    let answer = app.user("alice").get("/api/tasks").await.expect(200);
    assert_eq!(answer.header("ratelimit"), "");
    assert_eq!(answer.header("ratelimit-policy"), "");
}
