//! What protects users from browsers, and the service from what is too much.

use crate::harness::{App, eventually};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_protects_itself_from_browsers() {
    let app = App::start().await;
    let alice = app.user("alice");
    let created = alice.post("/api/tasks", &json!({ "title": "x" })).await;
    let id = created.json["id"].clone();
    let stream = alice
        .at(app.updates_origin())
        .stream("/api/updates", &[("accept", "text/event-stream")])
        .await;
    let mut all = vec![
        ("a stream", stream.headers().clone()),
        ("created", created.headers),
    ];
    for path in [
        "/api/tasks",
        &format!("/api/tasks/{id}"),
        "/api/tasks/nothing",
        "/api/tasks?limit=0",
        "/api/audit",
        "/api/notifications",
        "/api/search?q=x",
        "/api/dead-letters",
        "/api/health",
        "/openapi.json",
    ] {
        all.push(("by path", alice.get(path).await.headers));
    }
    all.push(("nobody", app.anyone().get("/api/tasks").await.headers));
    for (what, headers) in all {
        let header = |name: &str| {
            headers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
        };
        assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{what}");
        assert_eq!(
            header("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'",
            "{what}"
        );
        assert!(!header("cache-control").is_empty(), "{what}");
    }
    let list = alice.get("/api/tasks").await;
    assert_eq!(list.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_without_end_are_cut_off_and_nobody_else_notices() {
    let app = App::start().await;
    let mut flood = TcpStream::connect(("127.0.0.1", app.port)).await.unwrap();
    flood
        .write_all(b"GET /api/health HTTP/1.1\r\nhost: x\r\n")
        .await
        .unwrap();
    let line = format!("x-padding: {}\r\n", "x".repeat(1000));
    // Until nobody takes any more: it must not be taken for ever.
    let mut sent = 0;
    while sent < 16 << 20 && flood.write_all(line.as_bytes()).await.is_ok() {
        sent += line.len();
    }
    assert!(sent < 16 << 20, "16 MiB of headers were taken");
    let mut answer = Vec::new();
    let _ = flood.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
        "{answer}"
    );
    let alice = app.user("alice");
    eventually("others are served", async || {
        (alice.get("/api/tasks").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_or_too_many_is_refused_with_its_limit() {
    let app = App::start().await;
    let alice = app.user("alice");
    let reminder = json!({ "remind_at": "2031-01-01T00:00:00Z" });
    for (body, status, says) in [
        (json!({ "title": "x", "tags": vec!["t"; 51] }), 422, "/tags"),
        (
            json!({ "title": "x", "tags": ["t".repeat(51)] }),
            422,
            "/tags/0",
        ),
        (
            json!({ "title": "x", "reminders": vec![reminder; 21] }),
            422,
            "/reminders",
        ),
        (
            json!({ "title": "x", "description": "y".repeat(300_000) }),
            413,
            "262144",
        ),
    ] {
        let answer = alice.post("/api/tasks", &body).await.expect(status);
        assert!(answer.text.contains(says), "{says}: {}", answer.text);
    }
    let long = "x".repeat(9 * 1024);
    for (client, path, status) in [
        (
            app.anyone()
                .with("authorization", &format!("Bearer {long}")),
            "/api/tasks",
            401,
        ),
        (alice.with("x-client-id", &long), "/api/tasks", 400),
        (alice.with("idempotency-key", &long), "/api/tasks", 400),
    ] {
        let answer = client.post(path, &json!({ "title": "x" })).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    for path in [
        "/api/tasks?limit=201",
        "/api/audit?limit=201",
        "/api/notifications?limit=201",
        "/api/search?q=x&limit=201",
    ] {
        alice.get(path).await.expect(400);
    }
    let list = alice.get("/api/tasks").await.expect(200);
    assert_eq!(list.json["items"], json!([]));
}
