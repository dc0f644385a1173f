//! Many at once, and those who do not read.

use super::create;
use crate::harness::{App, EventStream, Socket, eventually};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// How many connections of one user there may be: the default of spin.toml.
const MOST: usize = 32;

/// How many connections are counted, once somebody has asked for updates.
pub(super) fn connections(app: &App) -> i64 {
    let updates = app.database("live-updates", "updates");
    updates.number("SELECT count(*) FROM connections")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_user_cannot_take_what_others_need() {
    let app = App::start().await;
    let (alice, origin) = (app.user("alice"), app.updates_origin());
    let client = alice.at(origin.clone());
    let mut open = Vec::new();
    for _ in 0..MOST - 1 {
        open.push(EventStream::open(&client, "/api/updates").await);
    }
    let socket = app.websocket(&alice, "").await;
    let token = [("authorization", alice.header("authorization"))];
    for _ in 0..100 {
        let answer = client.get("/api/updates").await.expect(429);
        assert_eq!(answer.json["type"], "https://duebell.dev/problems/too-many");
        assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
        let refused = Socket::begin(&origin, "/api/updates/ws", &token).await;
        assert_eq!(refused.err(), Some(429));
    }
    let bob = app.user("bob");
    let mut bobs = app.event_stream(&bob, "").await;
    create(&bob, "Bob's").await;
    assert_eq!(bobs.update().await.title(), "Bob's");

    // What is closed makes room.
    drop((open, socket));
    eventually("there is room again", async || {
        let answer = client.stream("/api/updates", &[]).await;
        (answer.status() == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_an_end_to_how_many_there_are_in_all() {
    let app = App::start_with(crate::harness::Options {
        variables: vec![("max_streams".to_owned(), "3".to_owned())],
        ..Default::default()
    })
    .await;
    let mut open = Vec::new();
    for user in ["alice", "bob", "carol"] {
        open.push(app.event_stream(&app.user(user), "").await);
    }
    let dave = app.user("dave").at(app.updates_origin());
    let answer = dave.get("/api/updates").await.expect(503);
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    // Whatever else there is goes on.
    app.user("dave").get("/api/tasks").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_never_reads_is_let_go_and_nobody_else_notices() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut stream = app.event_stream(&alice, "").await;
    let port = app.updates_origin().rsplit(':').next().unwrap().to_owned();
    let mut silent = TcpStream::connect(format!("127.0.0.1:{port}"))
        .await
        .unwrap();
    let request = format!(
        "GET /api/updates HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {}\r\n\r\n",
        alice.header("authorization")
    );
    silent.write_all(request.as_bytes()).await.unwrap();
    let mut beginning = [0; 12];
    silent.read_exact(&mut beginning).await.unwrap();
    assert_eq!(&beginning, b"HTTP/1.1 200");
    eventually("both are counted", async || {
        (connections(&app) == 2).then_some(())
    })
    .await;

    // More than any buffer between the two holds.
    let long = "x".repeat(10_000);
    for number in 0..1_000 {
        let task = json!({ "title": format!("n{number}"), "description": long });
        alice.post("/api/tasks", &task).await.expect(201);
        assert_eq!(stream.update().await.title(), format!("n{number}"));
    }
    eventually("the one that does not read is let go", async || {
        (connections(&app) == 1).then_some(())
    })
    .await;
    create(&alice, "still here").await;
    assert_eq!(stream.update().await.title(), "still here");
    drop(silent);
}
