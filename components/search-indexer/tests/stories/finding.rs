//! What is found, in which order, and how it is shown.

use crate::harness::{World, created, ids, task};
use serde_json::{Value, json};

#[test]
fn words_are_found_wherever_they_are_whatever_their_case_and_accents() {
    let world = World::new();
    world.happens(&created(1, "Crème brûlée für Zoë"));
    world.happens(&task(
        "created",
        2,
        &json!({ "title": "Dessert", "description": "Ask Chloé for\nthe CREME recipe" }),
    ));
    world.happens(&task(
        "created",
        3,
        &json!({ "title": "Shopping", "tags": ["Café", "home office"] }),
    ));
    world.happens(&created(4, "Cre\u{300}me de la cre\u{300}me"));
    for words in ["creme", "CRÈME", "cre\u{300}me", "crem*"] {
        let mut found = world.found(words);
        found.sort_unstable();
        assert_eq!(found, [1, 2, 4], "{words}");
    }
    assert_eq!(world.found("zoe brulee"), [1]);
    assert_eq!(world.found("chloe"), [2]);
    assert_eq!(world.found("cafe"), [3]);
    assert_eq!(world.found("\"home office\""), [3]);
    assert_eq!(world.found("\"office home\""), [0; 0]);
    assert_eq!(world.found("office home"), [3]);
    assert_eq!(world.found("creme -recipe -cre\u{300}me"), [0; 0]);
    assert_eq!(world.found("creme -recipe -zoe"), [4]);
    assert_eq!(world.found("crem"), [0; 0], "a part of a word is none");
}

#[test]
fn nobody_finds_what_is_anothers() {
    let world = World::new();
    for (number, user) in ["alice", "bob", "alic", "alice2"].into_iter().enumerate() {
        let mut event = created(7, &format!("Secret {user}"));
        event["user_id"] = json!(user);
        event["correlation_id"] = json!(format!("secret/{number}"));
        world.happens(&event);
    }
    for user in ["alice", "bob", "alic", "alice2"] {
        let page = world.search(user, "secret", "");
        let titles: Vec<&Value> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| &item["title"])
            .collect();
        assert_eq!(titles, [&json!(format!("Secret {user}"))]);
    }
    let nobody = world.search("carol", "secret", "");
    assert_eq!(nobody, json!({ "items": [], "next_cursor": null }));
    assert_eq!(world.found("bob"), [0; 0]);
}

#[test]
fn titles_count_more_than_tags_and_these_more_than_descriptions() {
    let world = World::new();
    let long = "Remember to think of all that there may be to do about the ";
    let tasks = [
        json!({ "title": "Milk" }),
        json!({ "title": format!("{long}milk") }),
        json!({ "title": "Shopping", "tags": ["milk"] }),
        json!({ "title": "Recipe", "description": "milk, milk and more milk" }),
        json!({ "title": "Recipe", "description": format!("{} milk", "flour and ".repeat(80)) }),
    ];
    // The best last, so that being new is not what counts.
    for (number, data) in tasks.iter().enumerate().rev() {
        world.happens(&task("created", number as u64 + 1, data));
    }
    assert_eq!(world.found("milk"), [1, 2, 3, 4, 5]);
}

#[test]
fn of_two_that_are_alike_the_newer_comes_first() {
    let world = World::new();
    for number in 1..=3 {
        world.happens(&created(number, "Milk"));
    }
    world.happens(&task("updated", 1, &json!({ "title": "Milk" })));
    assert_eq!(world.found("milk"), [3, 2, 1]);
}

#[test]
fn what_was_found_is_marked_and_is_safe_to_show() {
    let world = World::new();
    let description = format!(
        "{} <script>alert('milk')</script> & more {}",
        "before ".repeat(60),
        "after ".repeat(60)
    );
    world.happens(&task(
        "created",
        1,
        &json!({
            "title": "<b>Milk</b> & \"cream\"", "description": description, "priority": "high",
            "due_date": "2031-05-01T08:00:00Z", "tags": ["milk & co", "home"],
        }),
    ));
    let page = world.search("alice", "milk", "");
    let item = &page["items"][0];
    assert_eq!(item["title"], "<b>Milk</b> & \"cream\"");
    assert_eq!(item["tags"], json!(["milk & co", "home"]));
    assert_eq!(item["priority"], "high");
    assert_eq!(item["completed"], false);
    assert_eq!(item["due_date"], "2031-05-01T08:00:00.000Z");
    let marked = &item["highlights"];
    assert_eq!(
        marked["title"],
        "&lt;b&gt;<mark>Milk</mark>&lt;/b&gt; &amp; &quot;cream&quot;"
    );
    assert_eq!(
        marked["tags"],
        json!(["<mark>milk</mark> &amp; co", "home"])
    );
    let snippet = marked["description"].as_str().unwrap();
    assert!(
        snippet
            .contains("&lt;script&gt;alert(&#39;<mark>milk</mark>&#39;)&lt;/script&gt; &amp; more"),
        "{snippet}"
    );
    assert!(
        snippet.starts_with('…') && snippet.ends_with('…'),
        "{snippet}"
    );
    assert!(snippet.len() < 400, "{snippet}");

    let page = world.search("alice", "cream home", "");
    assert_eq!(page["items"][0]["highlights"]["description"], Value::Null);
}

#[test]
fn no_text_is_too_long_to_be_found() {
    let world = World::new();
    let long = "\u{e9}".repeat(3_000);
    let again = "milk ".repeat(1_000);
    world.happens(&task(
        "created",
        1,
        &json!({ "title": "x", "description": format!("{long} {again}whole milk\0 here") }),
    ));
    let many: Vec<String> = (0..60_000).map(|number| format!("word{number}")).collect();
    let many = json!({ "title": "x", "description": many.join(" ") });
    world.happens(&task("created", 2, &many));
    assert_eq!(world.found(&format!("{}*", "e".repeat(499))), [1]);
    assert_eq!(world.found(&"e".repeat(500)), [0; 0]);
    assert_eq!(world.found("\"milk whole milk here\""), [1]);
    assert_eq!(world.found("milk -\"whole milk\""), [0; 0]);
    assert_eq!(world.found("word1234 \"word20000 word20001\""), [2]);
}

#[test]
fn what_a_foreigner_wrote_cannot_mark_anything() {
    let world = World::new();
    world.happens(&task(
        "created",
        1,
        &json!({ "title": "\u{2}milk\u{3} \u{2}bread", "description": "\u{3}x\u{2}", "tags": ["a\nb", ""] }),
    ));
    let page = world.search("alice", "bread", "");
    let marked = &page["items"][0]["highlights"];
    assert_eq!(marked["title"], " milk   <mark>bread</mark>");
    assert_eq!(marked["description"], Value::Null);
    assert_eq!(marked["tags"], json!(["a b", ""]));
    assert_eq!(page["items"][0]["tags"], json!(["a\nb", ""]));
}

#[test]
fn filters_are_those_of_the_tasks() {
    let world = World::new();
    let mut number = 0;
    for completed in [false, true] {
        for priority in ["low", "urgent"] {
            for tag in ["home", "Home", "deep work"] {
                number += 1;
                world.happens(&task(
                    "created",
                    number,
                    &json!({
                        "title": "Bell", "completed": completed, "priority": priority,
                        "tags": ["all", tag],
                    }),
                ));
            }
        }
    }
    let count = |rest: &str| ids(&world.search("alice", "bell", rest)).len();
    for (rest, expected) in [
        ("", 12),
        ("&completed=true", 6),
        ("&completed=false&priority=urgent", 3),
        ("&tag=all", 12),
        ("&tag=home", 4),
        ("&tag=Home", 4),
        ("&tag=deep+work", 4),
        ("&tag=deep", 0),
        ("&tag=", 0),
        ("&tag=Home&priority=low&completed=true", 1),
        ("&priority=high", 0),
    ] {
        assert_eq!(count(rest), expected, "{rest}");
    }
    // The filters' own words are not the user's.
    for words in ["open", "completed", "urgent", "tag*"] {
        assert_eq!(world.found(words), [0; 0], "{words}");
    }
}
