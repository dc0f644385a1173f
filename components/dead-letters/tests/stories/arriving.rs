//! What comes, and why it was given up.

use crate::harness::{TOKEN, World, dropped, event};
use bytes::Bytes;
use chrono::TimeDelta;
use http::Request;
use serde_json::{Value, json};

#[test]
fn a_letter_says_what_was_given_up_by_whom_and_why() {
    let world = World::new();
    world.bring(&event(1));
    let letter = world.letter();
    for (name, expected) in [
        ("subscriber", json!("notifier")),
        ("topic", json!("task-events")),
        ("event_type", json!("task.created")),
        ("event_id", json!("id-1")),
        ("user_id", json!("alice")),
        ("status", json!("open")),
        ("reason", json!("on purpose")),
        ("attempts", json!(3)),
        ("passing", json!(false)),
        ("replays", json!(0)),
        ("next_replay_at", Value::Null),
        ("arrived_at", json!("2026-01-15T12:00:00Z")),
    ] {
        assert_eq!(letter[name], expected, "{name}");
    }
    let asked = world.subscriber.asked.borrow();
    assert_eq!(*asked, ["key=task-events%2Ftask.created%2Fc-1"]);
}

#[test]
fn what_comes_twice_is_one_letter_and_two_subscribers_have_one_each() {
    let world = World::new();
    world.bring(&event(1));
    world.bring(&event(1));
    assert_eq!(world.letters().len(), 1);
    world.bring_from("recurrence-dlq", &event(1));
    world.bring(&event(2));
    let letters = world.letters();
    assert_eq!(letters.len(), 3);
    let (_, page) = world.operator("GET", "/api/dead-letters?subscriber=recurrence");
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_subscriber_that_is_away_is_asked_again_by_the_sweep() {
    let world = World::new();
    world.subscriber.is_away.set(true);
    world.bring(&event(1));
    assert_eq!(world.letter()["reason"], Value::Null);
    world.subscriber.is_away.set(false);
    world.sweep();
    assert_eq!(world.letter()["reason"], Value::Null, "not at once again");
    world.advance(TimeDelta::seconds(5));
    world.sweep();
    assert_eq!(world.letter()["reason"], "on purpose");
}

#[test]
fn a_kill_before_the_subscriber_was_asked_loses_nothing() {
    let world = World::new();
    world.bring_from("notifier-dlq", &event(1));
    let world = world.killed();
    assert_eq!(world.letter()["reason"], Value::Null);
    world.sweep();
    assert_eq!(world.letter()["reason"], "on purpose");
}

#[test]
fn attempts_that_came_to_no_answer_say_so() {
    let world = World::new();
    let open = json!({ "attempts": 2, "state": "open", "reason": null, "passing": false });
    *world.subscriber.known.borrow_mut() = Some(open);
    world.bring(&event(1));
    assert_eq!(world.letter()["reason"], "no answer");
    assert_eq!(world.letter()["passing"], false, "it may trap again");
    *world.subscriber.known.borrow_mut() = None;
    world.bring(&event(2));
    let letter = &world.letters()[0];
    assert_eq!(letter["reason"], "no answer: no attempt was counted");
}

#[test]
fn what_took_effect_meanwhile_is_settled() {
    let world = World::new();
    let done = json!({ "attempts": 4, "state": "done", "reason": null, "passing": false });
    *world.subscriber.known.borrow_mut() = Some(done);
    world.bring(&event(1));
    assert_eq!(world.letter()["status"], "settled");
}

#[test]
fn what_nobody_can_read_is_kept_and_shown_as_it_came() {
    let world = World::new();
    *world.subscriber.known.borrow_mut() = None;
    world.bring(b"\xffno JSON");
    let letter = world.letter();
    let reason = letter["reason"].as_str().unwrap();
    assert!(reason.starts_with("it was not delivered: "), "{reason}");
    let (_, shown) = world.operator("GET", &format!("/api/dead-letters/{}", letter["id"]));
    assert_eq!(shown["event"], Value::Null);
    assert_eq!(shown["event_base64"], "/25vIEpTT04=");
    // A JSON event whose data are none of this topic's.
    let odd = br#"{"specversion":"1.0","id":"1","source":"x","type":"y","topic":"task-events","data":{}}"#;
    *world.subscriber.known.borrow_mut() = Some(dropped("malformed task event", false));
    world.bring(odd);
    let letter = world.letters()[0].clone();
    assert_eq!(letter["reason"], "malformed task event");
    let (_, shown) = world.operator("GET", &format!("/api/dead-letters/{}", letter["id"]));
    assert_eq!(
        shown["event"],
        serde_json::from_slice::<Value>(odd).unwrap()
    );
}

#[test]
fn who_shows_no_token_brings_nothing() {
    let world = World::new();
    for token in [None, Some(""), Some("guessed")] {
        for path in ["/events/dead-letters/notifier-dlq", "/sweep-dead-letters"] {
            let mut request = Request::post(path);
            if let Some(token) = token {
                request = request.header("dapr-api-token", token);
            }
            let request = request.body(Bytes::from(event(1))).unwrap();
            assert_eq!(world.send(request).0, 401, "{path}");
        }
    }
    assert_eq!(world.letters().len(), 0);
}

#[test]
fn what_comes_from_no_dead_letter_topic_is_left_where_it_is() {
    let world = World::new();
    let request = Request::post("/events/dead-letters/task-events")
        .header("dapr-api-token", TOKEN)
        .body(Bytes::from(event(1)))
        .unwrap();
    assert_eq!(world.send(request), (200, json!({ "status": "RETRY" })));
    assert_eq!(world.letters().len(), 0);
}

#[test]
fn what_waits_for_an_operator_is_told_with_since_when_and_measured() {
    let world = World::new();
    let told = || world.sidecar.health.borrow()["dead-letters"].clone();
    world.sweep();
    assert_eq!(told(), json!({}));
    world.bring(&event(1));
    world.advance(TimeDelta::minutes(1));
    world.sweep();
    assert_eq!(told()["since"], "2026-01-15T12:00:00Z");
    assert!(told()["detail"].as_str().unwrap().contains("operator"));
    let request = Request::get("/internal/dead-letters/metrics")
        .header("dapr-api-token", TOKEN)
        .body(Bytes::new())
        .unwrap();
    let text = world.text(request);
    for line in [
        r#"duebell_dead_letters_received_total{component="dead-letters",subscriber="notifier"} 1"#,
        r#"duebell_dead_letters_open{component="dead-letters",subscriber="notifier",waits_for="operator"} 1"#,
        r#"duebell_dead_letters_oldest_age_seconds{component="dead-letters"} 60"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    assert!(!text.contains("alice"), "{text}");
    let path = format!("/api/dead-letters/{}", world.letter()["id"]);
    assert_eq!(world.operator("DELETE", &path).0, 204);
    world.sweep();
    assert_eq!(told(), json!({}));
}
