//! Whatever is written and searched for: both databases find, rank and mark the same.

use crate::{
    databases::Database,
    harness::{World, escape, task},
};
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

/// What texts are made of: words that are alike, accents, what is a word to one and not to
/// another, and signs that mean something to a database.
const PIECES: [&str; 31] = [
    "milk",
    "Milk",
    "MILK",
    "milky",
    "mil",
    "whole",
    "oat",
    "soy",
    "a",
    "b",
    "crème",
    "creme",
    "cre\u{300}me",
    "Ⓐ",
    "ß",
    "\u{1f914}",
    "\u{5b57}",
    "İ",
    "'",
    "\"",
    "\\",
    "*",
    "-",
    ":",
    "|",
    "%",
    "_",
    "&",
    "\n",
    "=open",
    "\u{ff07}",
];

fn text(most: usize) -> impl Strategy<Value = String> {
    let piece = (select(&PIECES[..]), select(&[" ", " ", " ", ""][..]));
    proptest::collection::vec(piece, 0..most).prop_map(|pieces| {
        pieces
            .iter()
            .flat_map(|(word, then)| [*word, *then])
            .collect()
    })
}

fn a_task() -> impl Strategy<Value = Value> {
    let tags = proptest::collection::vec(text(3), 0..3);
    let description = prop_oneof![9 => text(40), 1 => ".{0,60}"];
    let priority = select(&["low", "medium", "high"][..]);
    (text(6), tags, description, any::<bool>(), priority).prop_map(
        |(title, tags, description, completed, priority)| {
            json!({
                "title": format!("t {title}"), "tags": tags, "description": description,
                "completed": completed, "priority": priority,
            })
        },
    )
}

fn query() -> impl Strategy<Value = (String, String)> {
    let term = (
        select(&["", "", "", "-"][..]),
        prop_oneof![
            4 => select(&PIECES[..]).prop_map(str::to_owned),
            2 => text(4).prop_map(|phrase| format!("\"{}\"", phrase.replace('"', ""))),
            1 => "\\PC{0,8}",
        ],
        select(&["", "", "*"][..]),
    );
    let terms = proptest::collection::vec(term, 1..5).prop_map(|terms| {
        let terms = terms.into_iter();
        let terms: Vec<String> = terms
            .map(|(not, what, star)| not.to_owned() + &what + star)
            .collect();
        terms.join(" ")
    });
    let filter = select(&["", "", "", "&completed=true", "&priority=low", "&tag=milk"][..]);
    (terms, filter.prop_map(str::to_owned))
}

#[test]
fn both_databases_find_the_same() {
    let Some(postgres) = Database::of_postgres() else {
        println!("NOT CHECKED: DUEBELL_POSTGRES names no server");
        return;
    };
    let worlds = [World::on(Database::file()), World::on(postgres)];
    let strategy = (
        proptest::collection::vec((1..40_u64, a_task()), 1..20),
        proptest::collection::vec(query(), 1..40),
    );
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 50,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let found = std::cell::Cell::new(0);
    runner
        .run(&strategy, |(tasks, queries)| {
            let events: Vec<Value> = tasks
                .iter()
                .map(|(id, data)| task(if id % 7 == 0 { "deleted" } else { "updated" }, *id, data))
                .collect();
            for world in &worlds {
                let events: Vec<Value> = events.iter().map(|event| world.next(event)).collect();
                world.hear_all(&events);
            }
            for (words, filter) in &queries {
                let words = escape(words);
                let [one, other] = worlds.each_ref().map(|world| {
                    let answer =
                        world.get("alice", &format!("/api/search?q={words}{filter}&limit=7"));
                    let mut json = answer.json;
                    // It is sealed by the words, not by the place.
                    if let Some(cursor) = json.get_mut("next_cursor") {
                        *cursor = cursor.is_string().into();
                    }
                    json.as_object_mut().unwrap().remove("trace_id");
                    (answer.status, json)
                });
                prop_assert_ne!(one.0, 500);
                found.set(found.get() + one.1["items"].as_array().map_or(0, Vec::len));
                prop_assert_eq!(one, other, "{} {}", words, filter);
            }
            Ok(())
        })
        .unwrap();
    assert!(found.get() > 1_000, "{}", found.get());
}
