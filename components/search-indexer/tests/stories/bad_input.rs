//! What cannot be searched for, and who may not ask.

use crate::harness::{World, created, escape};
use bytes::Bytes;
use http::{Method, Request};

#[test]
fn a_query_that_cannot_be_answered_is_told_why() {
    let world = World::new();
    world.happens(&created(1, "Milk"));
    let long = "m".repeat(501);
    let very_long = "m".repeat(10_000);
    for (words, said) in [
        ("", "has to be there"),
        ("   ", "no word"),
        ("* ( ) : ^ - +", "no word"),
        ("\"\"", "no word"),
        ("?!", "no word"),
        ("-milk", "without a -"),
        ("mi\0lk", "control characters"),
        ("\u{1b}[2J", "control characters"),
        ("\"milk", "close it"),
        ("a \"b\" \"", "close it"),
        (&long, "at most 500 characters"),
        (&very_long, "at most"),
        (&"m ".repeat(33), "at most 32 words"),
    ] {
        let answer = world.get(
            "alice",
            &format!(
                "/api/search?q={}",
                words
                    .replace('"', "%22")
                    .replace(' ', "+")
                    .replace('\0', "%00")
                    .replace('\u{1b}', "%1B")
            ),
        );
        assert_eq!(answer.status, 400, "{words:.40}");
        let error = &answer.json["errors"][0];
        assert_eq!(error["parameter"], "q", "{}", answer.json);
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(said), "{words:.40}: {detail}");
    }
}

#[test]
fn other_parameters_are_read_strictly() {
    let world = World::new();
    for (query, name) in [
        ("", "q"),
        ("q=milk&q=bread", "q"),
        ("q=%ff", "q"),
        ("q=milk&limit=0", "limit"),
        ("q=milk&limit=201", "limit"),
        ("q=milk&cursor=made-up", "cursor"),
        ("q=milk&completed=yes", "completed"),
        ("q=milk&priority=High", "priority"),
        ("q=milk&sort=title", "sort"),
        ("q=milk&user_id=bob", "user_id"),
    ] {
        let answer = world.get("alice", &format!("/api/search?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json["errors"][0]["parameter"], name, "{query}");
    }
}

#[test]
fn what_looks_like_an_operator_is_only_text() {
    let world = World::new();
    world.happens(&created(
        1,
        "a AND b OR c NOT d NEAR(e) title: x^2 {y} 100% it's; DROP TABLE",
    ));
    for words in [
        "a AND b",
        "OR",
        "NOT",
        "NEAR(e)",
        "NEAR(a b, 5)",
        "title:x",
        "^x",
        "{y}",
        "(a",
        "b)",
        "100%",
        "it's",
        "'; DROP TABLE",
        "x^2",
        "a OR",
        "AND",
        "a+b",
        "--d",
        "a\tb",
        "title : a",
        "a, b; c",
        "\\a",
        "$1 e",
        "?1 a",
    ] {
        let page = world.get("alice", &format!("/api/search?q={}", escape(words)));
        assert_eq!(page.status, 200, "{words}: {}", page.json);
    }
    assert_eq!(world.found("NOT d"), [1], "NOT is a word");
    assert_eq!(world.found("title:x"), [1], "words one after the other");
    assert_eq!(world.found("marks:open"), [0; 0]);
}

#[test]
fn routes_are_closed_to_whom_they_are_not_for() {
    let world = World::new();
    for (method, path) in [
        (Method::GET, "/api/search?q=x"),
        (Method::POST, "/events/search-indexer/task-events"),
        (Method::POST, "/sweep-search-indexer"),
        (Method::POST, "/internal/search-indexer/rebuild"),
        (Method::GET, "/internal/search-indexer/rebuild"),
        (Method::GET, "/internal/search-indexer/inbox?key=x"),
        (Method::POST, "/internal/search-indexer/replays/task-events"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("dapr-api-token", "guessed")
            .header("authorization", "Bearer guessed");
        let answer = world.send(request.body(Bytes::new()).unwrap());
        assert_eq!(answer.status, 401, "{path}");
    }
    assert_eq!(world.progress()["state"], "never");
}
