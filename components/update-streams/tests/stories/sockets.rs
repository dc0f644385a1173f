//! WebSockets, as the proxy tells of them.

use crate::harness::{PROXY_KEY, World};
use bytes::Bytes;
use chrono::TimeDelta;
use duebell_grip::{Event, events};
use duebell_service::{Clock, auth::SharedSecret};
use http::Request;
use serde_json::{Value, json};

/// A WebSocket that the proxy holds.
struct Socket<'a> {
    world: &'a World,
    id: &'static str,
    secret: String,
}

/// What is answered: messages, or the code of the close.
#[derive(Debug, PartialEq)]
enum Told {
    Message(Value),
    Control(String),
    Close(u16),
    Other(Event),
}

fn request(world: &World, id: &str, user: &str, lifetime: TimeDelta) -> http::request::Builder {
    let key = SharedSecret::new(PROXY_KEY).unwrap();
    let now = world.time.clock.now();
    let signature = key.sign("pushpin", now, TimeDelta::minutes(5)).unwrap();
    Request::post("/api/updates/ws?since=0")
        .header("content-type", "application/websocket-events")
        .header("connection-id", id)
        .header("grip-sig", signature)
        .header("authorization", world.token(user, lifetime))
}

fn told(body: &Bytes) -> Vec<Told> {
    let read = |event| match event {
        Event::Text(text) if text.starts_with(b"c:") => {
            Told::Control(String::from_utf8(text.to_vec()).unwrap())
        }
        Event::Text(text) => Told::Message(serde_json::from_slice(&text).unwrap()),
        Event::Close(close) => Told::Close(close.map_or(0, |close| close.code)),
        other => Told::Other(other),
    };
    events::parse(body).unwrap().into_iter().map(read).collect()
}

impl<'a> Socket<'a> {
    fn open(world: &'a World, id: &'static str, lifetime: TimeDelta) -> (Self, Vec<Told>) {
        let request = request(world, id, "alice", lifetime);
        let answer = world.whole(request.body(Bytes::from("OPEN\r\n")).unwrap());
        assert_eq!(answer.status(), 200);
        let secret = answer.headers().get("set-meta-duebell").unwrap();
        let secret = secret.to_str().unwrap().to_owned();
        (Self { world, id, secret }, told(answer.body()))
    }

    fn happen(&self, events: &[Event]) -> Vec<Told> {
        self.happen_by(&self.secret, events)
    }

    fn happen_by(&self, secret: &str, events: &[Event]) -> Vec<Told> {
        let request = request(self.world, self.id, "mallory", TimeDelta::hours(1))
            .header("meta-duebell", secret)
            .body(events::write(events));
        let answer = self.world.whole(request.unwrap());
        assert_eq!(answer.status(), 200);
        told(answer.body())
    }
}

fn say(text: &str) -> Event {
    Event::Text(Bytes::copy_from_slice(text.as_bytes()))
}

fn update(id: i64, n: i64) -> Told {
    Told::Message(json!({ "id": id, "event": "update", "data": { "n": n } }))
}

#[test]
fn a_websocket_is_subscribed_and_told_what_it_missed() {
    let world = World::new();
    world.log("alice", 2);
    let (socket, opening) = Socket::open(&world, "one", TimeDelta::hours(1));
    let channel = duebell_updates::channel("alice");
    let expected = [
        Told::Other(Event::Open),
        Told::Control(format!(r#"c:{{"type":"subscribe","channel":"{channel}"}}"#)),
        Told::Message(json!({ "id": 0, "event": "ready", "data": { "position": 0 } })),
        update(1, 0),
        update(2, 1),
    ];
    assert_eq!(opening, expected);
    // Of several positions the last counts; a ping is answered as it was sent.
    let happened = [
        say(r#"{"since": 0}"#),
        say(r#"{"ping": "x"}"#),
        say(r#"{"since": 1}"#),
    ];
    let pong = Told::Message(json!({ "event": "pong", "data": "x" }));
    assert_eq!(socket.happen(&happened), [pong, update(2, 1)]);
    let heartbeat = json!({ "event": "heartbeat", "data": { "position": 2 } });
    assert_eq!(socket.happen(&[]), [Told::Message(heartbeat)]);
}

#[test]
fn whoever_only_knows_a_connections_id_cannot_speak_for_it() {
    let world = World::new();
    world.log("alice", 2);
    let (socket, _) = Socket::open(&world, "one", TimeDelta::hours(1));
    for secret in ["", "guessed"] {
        for happened in [
            say(r#"{"since": 0}"#),
            Event::Disconnect,
            Event::Close(None),
        ] {
            assert_eq!(socket.happen_by(secret, &[happened]), [Told::Close(1012)]);
        }
    }
    // Nor does opening another one under its id take it away.
    let (another, _) = Socket::open(&world, "one", TimeDelta::hours(1));
    assert_ne!(another.secret, socket.secret);
    assert_eq!(world.connections(), 2);
    assert_eq!(socket.happen(&[say(r#"{"since": 1}"#)]), [update(2, 1)]);
}

#[test]
fn a_websocket_that_ends_is_counted_no_longer() {
    let world = World::new();
    for end in [
        Event::Disconnect,
        Event::Close(None),
        say("nonsense"),
        Event::Binary(Bytes::new()),
    ] {
        let (socket, _) = Socket::open(&world, "one", TimeDelta::hours(1));
        assert_eq!(world.connections(), 1);
        socket.happen(&[end]);
        assert_eq!(world.connections(), 0);
        assert_eq!(socket.happen(&[]), [Told::Close(1012)]);
    }
}

#[test]
fn an_expired_token_closes_at_the_next_word() {
    let world = World::new();
    let (socket, _) = Socket::open(&world, "one", TimeDelta::minutes(1));
    world.time.pass(TimeDelta::seconds(66));
    let end = json!({ "event": "end", "data": { "reason": "token-expired" } });
    assert_eq!(socket.happen(&[]), [Told::Message(end), Told::Close(4401)]);
}

#[test]
fn one_who_says_too_much_at_once_is_closed() {
    let world = World::new();
    let (socket, _) = Socket::open(&world, "one", TimeDelta::hours(1));
    let pings = vec![Event::Ping(Bytes::new()); 30];
    let answer = socket.happen(&pings);
    // Whoever pings is told as well where the log is: the proxy asks less often.
    let heartbeat = json!({ "event": "heartbeat", "data": { "position": 0 } });
    assert_eq!(answer.len(), 31);
    assert_eq!(answer.last(), Some(&Told::Message(heartbeat)));
    let words = vec![say(r#"{"ping": 1}"#); 21];
    assert_eq!(socket.happen(&words).last(), Some(&Told::Close(1008)));
}

#[test]
fn one_who_is_far_behind_is_told_part_by_part() {
    let world = World::new();
    world.log("alice", 250);
    let (socket, opening) = Socket::open(&world, "one", TimeDelta::hours(1));
    let more =
        |position: i64| Told::Message(json!({ "event": "more", "data": { "position": position } }));
    assert_eq!(opening.last(), Some(&more(100)));
    assert_eq!(
        socket.happen(&[say(r#"{"since": 100}"#)]).last(),
        Some(&more(200))
    );
    assert_eq!(
        socket.happen(&[say(r#"{"since": 200}"#)]).last(),
        Some(&update(250, 249))
    );
}
