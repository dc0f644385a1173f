//! Watching, on event streams and on WebSockets alike.

use super::{create, page, position, ticket, told};
use crate::{
    harness::{App, EventStream, Socket},
    reminders::task_that_rings_in,
};
use chrono::TimeDelta;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_see_each_others_changes_and_a_stranger_sees_nothing() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (phone, laptop) = (
        alice.with("x-client-id", "phone"),
        alice.with("x-client-id", "laptop"),
    );
    let mut stream = app.event_stream(&phone, "").await;
    let mut socket = app.websocket(&laptop, "").await;
    let bob = app.user("bob");
    let mut strangers = app.event_stream(&bob, "").await;
    let mut strangers_socket = app.websocket(&bob, "").await;

    let id = create(&phone, "Buy milk").await;
    let change = json!({ "priority": "urgent" });
    let path = format!("/api/tasks/{id}");
    laptop.patch(&path, &change).await.expect(200);
    phone
        .post(&format!("{path}/complete"), &json!({}))
        .await
        .expect(200);
    laptop.delete(&path).await.expect(204);

    let expected = [
        ("created", "phone"),
        ("updated", "laptop"),
        ("completed", "phone"),
        ("deleted", "laptop"),
    ];
    for (number, (action, client)) in (1..).zip(expected) {
        let on_stream = stream.update().await;
        let on_socket = socket.update().await;
        assert_eq!(on_stream, on_socket, "both say the same");
        assert_eq!(on_stream.id, Some(number));
        assert_eq!(on_stream.data["event_type"], "task.sync");
        assert_eq!(on_stream.data["task_id"], id);
        assert_eq!(on_stream.data["user_id"], "alice");
        assert_eq!(on_stream.data["action"], action);
        assert_eq!(
            on_stream.data["source_client"], client,
            "one knows one's own echo"
        );
    }

    // The first that bob hears of is bob's own.
    create(&bob, "Bob's").await;
    let (on_stream, on_socket) = (strangers.update().await, strangers_socket.update().await);
    assert_eq!(on_stream, on_socket);
    assert_eq!((on_stream.id, on_stream.title()), (Some(1), "Bob's"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_rings_is_told_as_well() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut stream = app.event_stream(&alice, "").await;
    let (task, _) = task_that_rings_in(&alice, TimeDelta::seconds(1)).await;
    assert_eq!(stream.update().await.data["action"], "created");
    let told = stream.update().await;
    assert_eq!(told.data["event_type"], "task.reminder");
    assert_eq!(told.data["task_id"], task["id"]);
    assert_eq!(told.data["changes"]["title"], "Ring");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_starts_without_a_position_starts_with_what_comes_next() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut before = app.event_stream(&alice, "").await;
    create(&alice, "before").await;
    before.update().await;
    assert_eq!(position(&app, &alice).await, 1);

    let mut stream = app.event_stream(&alice, "").await;
    let mut socket = app.websocket(&alice, "").await;
    create(&alice, "after").await;
    assert_eq!(stream.update().await.title(), "after");
    assert_eq!(socket.update().await.title(), "after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_what_the_stream_has() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut stream = app.event_stream(&alice, "?since=0").await;
    let mut streamed = Vec::new();
    for number in 0..5 {
        create(&alice, &format!("task {number}")).await;
        streamed.push(stream.update().await);
    }
    let mut paged = Vec::new();
    let mut since = 0;
    loop {
        let query = format!("?since={since}&limit=2");
        let page = page(&app, &alice, &query).await.expect(200).json;
        paged.extend(page["items"].as_array().unwrap().iter().map(told));
        since = page["position"].as_i64().unwrap();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(paged, streamed);
    assert_eq!(since, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_ask_and_ping_over_its_websocket() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut socket = app.websocket(&alice, "").await;
    for number in 0..3 {
        create(&alice, &format!("task {number}")).await;
        socket.update().await;
    }
    socket.say(r#"{"ping": {"n": 1}}"#).await;
    let pong = socket.next().await;
    assert_eq!(
        (pong.event.as_str(), &pong.data),
        ("pong", &json!({ "n": 1 }))
    );
    socket.say(r#"{"since": 1}"#).await;
    assert_eq!(socket.update().await.title(), "task 1");
    assert_eq!(socket.update().await.title(), "task 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_opens_what_cannot_set_headers() {
    let app = App::start().await;
    let alice = app.user("alice");
    let origin = app.updates_origin();
    let nobody = app.anyone().at(origin.clone());
    let path = format!("/api/updates?since=0&ticket={}", ticket(&app, &alice).await);
    let mut stream = EventStream::open(&nobody, &path).await;
    let path = format!(
        "/api/updates/ws?since=0&ticket={}",
        ticket(&app, &alice).await
    );
    let mut socket = Socket::open(&origin, &path, &[]).await;
    create(&alice, "seen").await;
    assert_eq!(stream.update().await.title(), "seen");
    assert_eq!(socket.update().await.title(), "seen");
}
