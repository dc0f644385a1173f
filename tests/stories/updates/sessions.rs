//! Who may watch, and for how long.

use super::{create, page, ticket};
use crate::harness::{App, EventStream, Socket, eventually};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_watches_without_a_token_or_with_a_ticket_that_is_none() {
    let app = App::start().await;
    let (alice, origin) = (app.user("alice"), app.updates_origin());
    let nobody = app.anyone().at(origin.clone());
    let used = ticket(&app, &alice).await;
    EventStream::open(&nobody, &format!("/api/updates?ticket={used}")).await;
    let used_by_a_socket = ticket(&app, &alice).await;
    let path = format!("/api/updates/ws?ticket={used_by_a_socket}");
    Socket::open(&origin, &path, &[]).await;

    for query in [
        String::new(),
        "?ticket=".to_owned(),
        "?ticket=nonsense".to_owned(),
        format!("?ticket={used}"),
        format!("?ticket={used_by_a_socket}"),
    ] {
        let answer = nobody
            .get(&format!("/api/updates{query}"))
            .await
            .expect(401);
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        page(&app, &app.anyone(), &query).await.expect(401);
        let path = format!("/api/updates/ws{query}");
        let refused = Socket::begin(&origin, &path, &[]).await;
        assert_eq!(refused.err(), Some(401), "{path}");
    }
    nobody
        .post("/api/updates/ticket", &json!({}))
        .await
        .expect(401);
    // Not both: whose would it be?
    let both = format!("/api/updates?ticket={}", ticket(&app, &alice).await);
    alice.at(origin).get(&both).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_ends_its_stream_and_its_websocket() {
    let app = App::start().await;
    let brief = app.user_for("alice", "1s");
    let mut stream = app.event_stream(&brief, "").await;
    let mut socket = app.websocket(&brief, "").await;
    let by_ticket = format!("/api/updates?ticket={}", ticket(&app, &brief).await);
    let nobody = app.anyone().at(app.updates_origin());
    let mut ticketed = EventStream::open(&nobody, &by_ticket).await;
    for stream in [&mut stream, &mut ticketed] {
        let told = stream.next().await;
        assert_eq!(
            (told.event.as_str(), &told.data),
            ("end", &json!({ "reason": "token-expired" }))
        );
        assert_eq!(stream.try_next().await, None);
    }
    brief
        .at(app.updates_origin())
        .get("/api/updates")
        .await
        .expect(401);
    // The proxy asks at least every twenty seconds; a client that says something hears
    // of it at once.
    socket.say(r#"{"ping": 1}"#).await;
    let told = socket.next().await;
    assert_eq!(
        (told.event.as_str(), &told.data),
        ("end", &json!({ "reason": "token-expired" }))
    );
    assert_eq!(socket.closed().await, 4401);

    // Others do not notice.
    let alice = app.user("alice");
    let mut stream = app.event_stream(&alice, "").await;
    create(&alice, "still here").await;
    assert_eq!(stream.update().await.title(), "still here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_websocket_whose_token_expires_is_closed_by_itself() {
    let app = App::start().await;
    let mut socket = app.websocket(&app.user_for("alice", "1s"), "").await;
    assert_eq!(socket.closed().await, 4401);
    eventually("it is counted no longer", async || {
        (super::crowds::connections(&app) == 0).then_some(())
    })
    .await;
}
