//! Coming back: without a gap, and without a repeat.

use super::{create, logged, must_be, page, told};
use crate::harness::{APP_TOKEN, App, Client, EventStream, Socket, Told};
use serde_json::json;

/// How many changes one is away for.
const CHANGES: usize = 1_000;

/// Reads this many updates of a WebSocket, as a client does: it asks again where there
/// is more.
async fn read(socket: &mut Socket, count: usize) -> Vec<Told> {
    let mut updates = Vec::new();
    while updates.len() < count {
        let told = socket.next().await;
        match told.event.as_str() {
            "update" => updates.push(told),
            "more" => {
                let last = told.data["position"].as_i64().unwrap();
                socket.say(json!({ "since": last }).to_string()).await;
            }
            _ => panic!("{told:?}"),
        }
    }
    updates
}

async fn create_all(user: &Client, titles: &[String]) {
    for title in titles {
        create(user, title).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_was_away_for_a_thousand_changes_and_a_kill_has_each_once() {
    let mut app = App::start().await;
    let alice = app.user("alice");
    let titles: Vec<String> = (0..CHANGES).map(|number| format!("n{number}")).collect();
    let (seen, missed) = titles.split_at(10);
    let (before, after) = missed.split_at(CHANGES / 2);

    let mut stream = app.event_stream(&alice, "").await;
    let mut socket = app.websocket(&alice, "").await;
    create_all(&alice, seen).await;
    let mut on_stream = Vec::new();
    let mut on_socket = Vec::new();
    for _ in seen {
        on_stream.push(stream.update().await);
        on_socket.push(socket.update().await);
    }
    drop((stream, socket));
    create_all(&alice, before).await;
    app.kill();
    app.start_again().await;
    create_all(&alice, after).await;

    let client = alice.at(app.updates_origin()).with("last-event-id", "10");
    // The header is newer than the address.
    let mut stream = EventStream::open(&client, "/api/updates?since=3").await;
    let mut socket = app.websocket(&alice, "?since=10").await;
    for _ in missed {
        on_stream.push(stream.update().await);
    }
    // What the log did not hold yet when it connected was broadcast since, and what a
    // client is told twice, or too early, it knows by its number.
    logged(&app, &alice, i64::try_from(CHANGES).unwrap()).await;
    let mut position = 10;
    let mut asked = position;
    while on_socket.len() < CHANGES {
        let told = read(&mut socket, 1).await.remove(0);
        let number = told.id.unwrap();
        if number == position + 1 {
            position = number;
            on_socket.push(told);
        } else if number > position && asked < position {
            // Once is enough.
            asked = position;
            socket.say(json!({ "since": position }).to_string()).await;
        }
    }
    must_be(&on_stream, 1, &titles);
    must_be(&on_socket, 1, &titles);

    let mut on_pages = Vec::new();
    let mut since = 0;
    while on_pages.len() < CHANGES {
        let query = format!("?since={since}&limit=200");
        let page = page(&app, &alice, &query).await.expect(200).json;
        on_pages.extend(page["items"].as_array().unwrap().iter().map(told));
        since = page["position"].as_i64().unwrap();
    }
    must_be(&on_pages, 1, &titles);

    // And it goes on.
    create(&alice, "last").await;
    assert_eq!(stream.update().await.title(), "last");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_too_far_behind_is_told_to_load_everything_again() {
    let app = App::start().await;
    let alice = app.user("alice");
    for number in 0..5 {
        create(&alice, &format!("n{number}")).await;
    }
    logged(&app, &alice, 5).await;
    let log = app.database("live-updates", "updates");
    log.change("DELETE FROM updates WHERE number <= 3");
    assert_eq!(log.number("SELECT count(*) FROM updates"), 2);
    drop(log);

    for (since, reason) in [(1, "forgotten"), (99, "ahead")] {
        let query = format!("?since={since}");
        let gone = page(&app, &alice, &query).await.expect(410);
        assert_eq!(gone.json["type"], "https://duebell.dev/problems/gone");
        let mut stream = app.event_stream(&alice, &query).await;
        let mut socket = app.websocket(&alice, &query).await;
        let told = stream.next().await;
        assert_eq!(told, socket.next().await);
        assert_eq!((told.event.as_str(), told.id), ("reload", Some(5)));
        assert_eq!(told.data, json!({ "reason": reason, "position": 5 }));
    }
    // What is kept can be gone on from, and what comes next comes.
    let mut stream = app.event_stream(&alice, "?since=3").await;
    let mut reloaded = app.event_stream(&alice, "?since=1").await;
    assert_eq!(reloaded.next().await.event, "reload");
    create(&alice, "n5").await;
    for expected in ["n3", "n4", "n5"] {
        assert_eq!(stream.update().await.title(), expected);
    }
    assert_eq!(reloaded.update().await.title(), "n5");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_drained_says_so_and_clients_come_back_where_they_were() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut stream = app.event_stream(&alice, "").await;
    create(&alice, "one").await;
    let last = stream.update().await.id.unwrap();

    let drain = "/internal/update-streams/drain";
    let drains = app.anyone().at(app.updates_origin());
    for client in [
        &drains,
        &alice.at(app.updates_origin()),
        &drains.with("dapr-api-token", "guessed"),
    ] {
        client.post(drain, &json!(null)).await.expect(401);
    }
    let host = drains.with("dapr-api-token", APP_TOKEN);
    host.post(drain, &json!(null)).await.expect(204);
    let told = stream.next().await;
    assert_eq!(told.event, "end");
    assert_eq!(told.data, json!({ "reason": "stopping" }));
    assert_eq!(told.id, Some(last), "the position stays");
    assert_eq!(stream.try_next().await, None, "the body ends as it should");

    create(&alice, "two").await;
    let mut stream = app.event_stream(&alice, &format!("?since={last}")).await;
    assert_eq!(stream.update().await.title(), "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_stops_says_so_to_streams_and_websockets() {
    let mut app = App::start_embedded().await;
    let alice = app.user("alice");
    let mut stream = app.event_stream(&alice, "").await;
    let mut socket = app.websocket(&alice, "").await;
    app.terminate();
    assert_eq!(stream.next().await.data, json!({ "reason": "stopping" }));
    assert_eq!(stream.try_next().await, None);
    assert_eq!(socket.closed().await, 1001, "going away");
    app.ended().await;

    app.start_again().await;
    create(&alice, "again").await;
    let mut stream = app.event_stream(&alice, "?since=0").await;
    assert_eq!(stream.update().await.title(), "again");
}
