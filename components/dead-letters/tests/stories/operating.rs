//! What operators do.

use crate::harness::{World, event};
use serde_json::{Value, json};

fn path(letter: &Value) -> String {
    format!("/api/dead-letters/{}", letter["id"])
}

fn entry(what: &str, actor: &str) -> (String, String, Value) {
    (
        format!("dead_letter.{what}"),
        "alice".to_owned(),
        json!(actor),
    )
}

#[test]
fn a_replay_goes_to_that_subscriber_as_the_event_came_and_settles_the_letter() {
    let world = World::new();
    world.bring(&event(1));
    let letter = world.letter();
    let (status, answer) = world.operator("POST", &format!("{}/replay", path(&letter)));
    assert_eq!(status, 200);
    assert_eq!(answer["outcome"], "done");
    assert_eq!(answer["dead_letter"]["status"], "settled");
    assert_eq!(answer["dead_letter"]["replays"], 1);
    let replayed = world.subscriber.replayed.borrow().clone();
    let event = String::from_utf8(event(1)).unwrap();
    assert_eq!(
        replayed,
        [("/internal/notifier/replays/task-events".to_owned(), event)]
    );
    assert_eq!(world.told(), [entry("replayed", "root")]);
    // It is over.
    let (status, problem) = world.operator("POST", &format!("{}/replay", path(&letter)));
    assert_eq!(
        (status, &problem["type"]),
        (409, &json!("https://duebell.dev/problems/conflict"))
    );
    assert_eq!(world.operator("DELETE", &path(&letter)).0, 409);
}

#[test]
fn a_replay_that_fails_says_why_and_the_letter_stays() {
    let world = World::new();
    world.bring(&event(1));
    let letter = world.letter();
    for (outcome, passing) in [("retry", true), ("drop", false)] {
        *world.subscriber.replay.borrow_mut() = json!({ "outcome": outcome, "reason": "still so" });
        let (status, answer) = world.operator("POST", &format!("{}/replay", path(&letter)));
        assert_eq!((status, &answer["outcome"]), (200, &json!(outcome)));
        assert_eq!(answer["reason"], "still so");
        assert_eq!(answer["dead_letter"]["status"], "open");
        assert_eq!(answer["dead_letter"]["reason"], "still so");
        assert_eq!(answer["dead_letter"]["passing"], passing);
        assert_eq!(answer["dead_letter"]["next_replay_at"].is_null(), !passing);
    }
    assert_eq!(world.told().len(), 2);
}

#[test]
fn of_two_replays_at_once_one_is_made() {
    let world = World::new();
    world.bring(&event(1));
    let path = path(&world.letter());
    let mut statuses = world.twice_at_once("POST", &format!("{path}/replay"));
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(world.subscriber.replayed.borrow().len(), 1);
    assert_eq!(world.told().len(), 1);
}

#[test]
fn a_subscriber_that_does_not_run_is_named() {
    let world = World::new();
    world.bring(&event(1));
    world.subscriber.is_away.set(true);
    let letter = world.letter();
    let (status, problem) = world.operator("POST", &format!("{}/replay", path(&letter)));
    assert_eq!(status, 502);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .starts_with("notifier gave no answer"),
        "{problem}"
    );
    assert_eq!(world.letter()["status"], "open");
    // One that nobody has ever heard of.
    world.bring_from("stranger-dlq", &event(1));
    let stranger = world.letters()[0].clone();
    let (status, problem) = world.operator("POST", &format!("{}/replay", path(&stranger)));
    assert_eq!(status, 502);
    assert!(
        problem["detail"].as_str().unwrap().contains("stranger"),
        "{problem}"
    );
    // It can be tried again.
    world.subscriber.is_away.set(false);
    let (status, _) = world.operator("POST", &format!("{}/replay", path(&letter)));
    assert_eq!(status, 200);
}

#[test]
fn an_event_that_cannot_be_read_is_replayed_in_vain() {
    let world = World::new();
    *world.subscriber.known.borrow_mut() = None;
    world.bring(b"no JSON");
    let (status, answer) = world.operator("POST", &format!("{}/replay", path(&world.letter())));
    assert_eq!((status, &answer["outcome"]), (200, &json!("drop")));
    assert!(
        answer["reason"].as_str().unwrap().contains("topic"),
        "{answer}"
    );
    assert_eq!(world.subscriber.replayed.borrow().len(), 0);
}

#[test]
fn what_is_discarded_stays_listed_and_is_not_replayed() {
    let world = World::new();
    world.bring(&event(1));
    let letter = world.letter();
    assert_eq!(world.operator("DELETE", &path(&letter)), (204, Value::Null));
    assert_eq!(world.operator("DELETE", &path(&letter)), (204, Value::Null));
    assert_eq!(world.letter()["status"], "discarded");
    assert_eq!(world.told(), [entry("discarded", "root")]);
    assert_eq!(
        world
            .operator("POST", &format!("{}/replay", path(&letter)))
            .0,
        409
    );
    let (_, open) = world.operator("GET", "/api/dead-letters?status=open");
    assert_eq!(open["items"], json!([]));
    // Given up once more, it is the same event: the operator has decided.
    world.bring(&event(1));
    assert_eq!(world.letter()["status"], "discarded");
}

#[test]
fn looking_is_told_as_well() {
    let world = World::new();
    world.bring(&event(1));
    let letter = world.letter();
    let (status, shown) = world.operator("GET", &path(&letter));
    assert_eq!(status, 200);
    assert_eq!(shown["event"]["data"]["correlation_id"], "c-1");
    assert_eq!(world.told(), [entry("shown", "root")]);
    let published = world.sidecar.published.borrow();
    let listed = published
        .iter()
        .find(|event| event["event_type"] == "dead_letter.listed");
    let listed = listed.unwrap();
    assert_eq!(
        (&listed["user_id"], &listed["actor"]),
        (&json!("root"), &json!("root"))
    );
}

#[test]
fn nobody_but_an_operator_sees_or_does_anything() {
    let world = World::new();
    world.bring(&event(1));
    let letter = path(&world.letter());
    let told = world.sidecar.published.borrow().len();
    for (method, path) in [
        ("GET", "/api/dead-letters".to_owned()),
        ("GET", letter.clone()),
        ("DELETE", letter.clone()),
        ("POST", format!("{letter}/replay")),
        ("GET", "/api/dead-letters/1".to_owned()),
    ] {
        for scope in ["", "reader", "operators"] {
            let (status, _) = world.as_user(method, &path, "alice", scope);
            assert_eq!(status, 403, "{method} {path}");
        }
    }
    assert_eq!(world.sidecar.published.borrow().len(), told);
    assert_eq!(world.letter()["status"], "open");
}

#[test]
fn lists_are_paged_and_bad_input_is_named() {
    let world = World::new();
    for number in 0..5 {
        world.bring(&event(number));
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/dead-letters?status=open&limit=2{cursor}");
        let (status, page) = world.operator("GET", &path);
        assert_eq!(status, 200);
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["id"].as_i64().unwrap()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|one, other| one > other));
    for (query, status) in [
        ("status=done", 400),
        ("limit=0", 400),
        ("cursor=x", 400),
        ("color=red", 400),
    ] {
        assert_eq!(
            world
                .operator("GET", &format!("/api/dead-letters?{query}"))
                .0,
            status,
            "{query}"
        );
    }
    for id in ["0", "x", "1"] {
        for (method, end) in [("GET", ""), ("DELETE", ""), ("POST", "/replay")] {
            let path = format!("/api/dead-letters/{id}{end}");
            assert_eq!(world.operator(method, &path).0, 404, "{method} {path}");
        }
    }
}
