//! Pages: each match once, whatever there are.

use crate::harness::{World, created, ids, task};
use serde_json::{Value, json};

/// All pages of what alice finds.
fn all(world: &World, words: &str, limit: usize) -> Vec<Vec<u64>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world.search("alice", words, &format!("&limit={limit}{cursor}"));
        pages.push(ids(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

/// So many tasks, every tenth with the word in its title.
fn many(world: &World, count: u64) {
    let numbers: Vec<u64> = (1..=count).collect();
    for chunk in numbers.chunks(500) {
        let events: Vec<Value> = chunk
            .iter()
            .map(|number| {
                let (title, description) = match number % 10 {
                    0 => ("Bell", ""),
                    _ => ("Other", "bell"),
                };
                let data = json!({ "title": title, "description": description });
                world.next(&task("created", *number, &data))
            })
            .collect();
        world.hear_all(&events);
    }
}

#[test]
fn pages_go_on_where_the_one_before_ended() {
    let world = World::new();
    many(&world, 25);
    let pages = all(&world, "bell", 10);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
    let found = pages.concat();
    assert_eq!(found[..3], [20, 10, 25], "the titles, then the newest");
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (1..=25).collect::<Vec<_>>());
    assert_eq!(all(&world, "bell", 25).len(), 1, "a full page is the last");
    assert_eq!(all(&world, "bell", 1).concat(), found);
    assert_eq!(all(&world, "nothing", 10), [[0; 0]]);
}

#[test]
fn of_thousands_the_newest_thousand_is_ranked_first_and_each_comes_once() {
    let world = World::new();
    many(&world, 2_345);
    let found = all(&world, "bell", 200).concat();
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (1..=2_345).collect::<Vec<_>>());
    assert!(found[..1_000].iter().all(|id| *id > 1_345));
    assert!(
        found[..100].iter().all(|id| id % 10 == 0),
        "the titles first"
    );
    assert_eq!(found[100], 2_345);
    assert_eq!(found[1_000], 1_340, "then the next thousand");
    // A page may have the end of one and the beginning of the next.
    assert_eq!(all(&world, "bell", 150).concat(), found);
}

#[test]
fn long_texts_make_the_part_that_is_ranked_shorter_and_lose_nothing() {
    let world = World::new();
    let text = "bell ".repeat(2_000);
    let numbers: Vec<u64> = (1..=450).collect();
    for chunk in numbers.chunks(100) {
        let events: Vec<Value> = chunk
            .iter()
            .map(|number| {
                let data = json!({ "title": "x", "description": text });
                world.next(&task("created", *number, &data))
            })
            .collect();
        world.hear_all(&events);
    }
    let found = all(&world, "bell", 200).concat();
    assert_eq!(found, (1..=450).rev().collect::<Vec<_>>());
}

#[test]
fn what_happens_between_two_pages_moves_nothing_else() {
    let world = World::new();
    many(&world, 25);
    let whole = all(&world, "bell", 25).concat();
    let first = world.search("alice", "bell", "&limit=10");
    let cursor = first["next_cursor"].as_str().unwrap();
    world.happens(&created(26, "bell bell"));
    world.happens(&task("deleted", whole[0], &json!({ "title": "x" })));
    world.happens(&task("deleted", whole[12], &json!({ "title": "x" })));
    let second = world.search("alice", "bell", &format!("&limit=10&cursor={cursor}"));
    let mut expected = whole[10..21].to_vec();
    expected.remove(2);
    assert_eq!(ids(&second), expected);
}

#[test]
fn a_cursor_belongs_to_its_user_its_words_and_its_filters() {
    let world = World::new();
    many(&world, 25);
    let mut event = created(1, "bell");
    event["user_id"] = json!("bob");
    world.happens(&event);
    let page = world.search("alice", "bell", "&limit=10");
    let cursor = page["next_cursor"].as_str().unwrap();
    for (user, rest, status) in [
        ("alice", "q=bell", 200),
        ("alice", "q=bell&limit=3", 200),
        ("alice", "q=bells", 400),
        ("alice", "q=bell&completed=false", 400),
        ("bob", "q=bell", 400),
    ] {
        let answer = world.get(user, &format!("/api/search?{rest}&cursor={cursor}"));
        assert_eq!(answer.status, status, "{user}: {rest}");
    }
}
