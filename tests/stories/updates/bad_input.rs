//! What cannot be taken has its clear answer, and the others do not notice.

use super::{create, page};
use crate::harness::{App, Client, Socket};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_is_none_is_named() {
    let app = App::start().await;
    let alice = app.user("alice").at(app.updates_origin());
    for since in ["x", "-1", "1.5", "", "99999999999999999999", "1%202"] {
        let answer = alice
            .get(&format!("/api/updates?since={since}"))
            .await
            .expect(400);
        assert_eq!(answer.json["errors"][0]["parameter"], "since", "{since}");
        page(&app, &alice, &format!("?since={since}"))
            .await
            .expect(400);
        let path = format!("/api/updates/ws?since={since}");
        let token = [("authorization", alice.header("authorization"))];
        let refused = Socket::begin(&app.updates_origin(), &path, &token).await;
        assert_eq!(refused.err(), Some(400), "{since}");
    }
    let answer = alice
        .with("last-event-id", "yesterday")
        .get("/api/updates")
        .await
        .expect(400);
    assert_eq!(answer.json["errors"][0]["header"], "Last-Event-ID");
    for (path, parameter) in [
        ("/api/updates?sinse=1", "sinse"),
        ("/api/updates?limit=5", "limit"),
        ("/api/updates/ws?limit=5", "limit"),
    ] {
        if path.contains("/ws") {
            let token = [("authorization", alice.header("authorization"))];
            let refused = Socket::begin(&app.updates_origin(), path, &token).await;
            assert_eq!(refused.err(), Some(400));
        } else {
            let answer = alice.get(path).await.expect(400);
            assert_eq!(answer.json["errors"][0]["parameter"], parameter);
        }
    }
    let only_html = alice.with("accept", "text/html");
    only_html.get("/api/updates").await.expect(406);
    alice.post("/api/updates", &json!({})).await.expect(405);
    alice
        .post("/api/updates/ticket", &json!({ "for": "me" }))
        .await
        .expect(400);
    alice.get("/api/updates/ws").await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_taken_closes_its_websocket_alone() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut other = app.websocket(&alice, "").await;
    for (message, code) in [
        ("what?".to_owned(), 1007),
        (r#"{"since": "1"}"#.to_owned(), 1007),
        (r#"{"subscribe": "updates-of-bob"}"#.to_owned(), 1007),
        (
            r#"c:{"type":"subscribe","channel":"updates-of-bob"}"#.to_owned(),
            1007,
        ),
        (format!(r#"{{"ping": "{}"}}"#, "x".repeat(2_000)), 1009),
    ] {
        let mut socket = app.websocket(&alice, "").await;
        socket.say(message.clone()).await;
        assert_eq!(socket.closed().await, code, "{message}");
    }
    let mut socket = app.websocket(&alice, "").await;
    socket.say(vec![1_u8, 2, 3]).await;
    assert_eq!(socket.closed().await, 1003, "binary");
    // So long that the proxy itself refuses it: as it does that.
    let mut socket = app.websocket(&alice, "").await;
    socket.say("x".repeat(300_000)).await;
    let code = socket.closed().await;
    assert!([1006, 1009].contains(&code), "{code}");

    create(&alice, "still here").await;
    assert_eq!(other.update().await.title(), "still here");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_the_proxy_cannot_speak_for_a_websocket() {
    let app = App::start().await;
    let alice = app.user("alice");
    assert_eq!(super::position(&app, &alice).await, 0);
    let events = async |client: &Client, body: &str| {
        let events = "application/websocket-events";
        client.raw("POST", "/api/updates/ws", events, body).await
    };
    // Past the proxy, at the app itself.
    let direct = alice.with("connection-id", "made-up");
    let forged = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJwdXNocGluIiwiZXhwIjo5OTk5OTk5OTk5fQ.";
    let users_own = alice.header("authorization").replace("Bearer ", "");
    for client in [
        direct.clone(),
        direct.with("grip-sig", ""),
        direct.with("grip-sig", "nonsense"),
        direct.with("grip-sig", forged),
        direct.with("grip-sig", &users_own),
    ] {
        for body in ["OPEN\r\n", "TEXT b\r\n{\"since\":0}\r\n", "", "nonsense"] {
            let answer = events(&client, body).await.expect(403);
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
    }
    assert_eq!(super::crowds::connections(&app), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_app_publishes_to_websockets() {
    let app = App::start_embedded().await;
    let alice = app.user("alice");
    let mut socket = app.websocket(&alice, "").await;
    let control = app.anyone().at(app.grip_origin());
    let item = json!({ "items": [{ "channel": "updates-x", "formats": { "ws-message": { "content": "{}" } } }] });
    control.post("/publish/", &item).await.expect(401);
    let guessed = control.with("authorization", alice.header("authorization"));
    guessed.post("/publish/", &item).await.expect(401);
    control.get("/publish/").await.expect(405);
    control.post("/", &item).await.expect(404);
    create(&alice, "the app's own").await;
    assert_eq!(socket.update().await.title(), "the app's own");
}
