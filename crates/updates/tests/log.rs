//! The log on a real SQLite: numbers, bounds, and what is read.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use duebell_store::{Error, Store, native::SqliteFile};
use duebell_updates::{
    MIGRATIONS, channel,
    log::{After, Entry, Lost, MOST_KEPT, after, append, between, end, has_older, head, prune},
};
use futures::executor::block_on;

struct World {
    store: Store,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteFile::new(folder.path().join("updates.db"));
        Self {
            store: Store::new(file, MIGRATIONS),
            _folder: folder,
        }
    }

    fn log(&self, now: i64, users: &[&str]) {
        let updates: Vec<(&str, String)> =
            users.iter().map(|user| (*user, "{}".to_owned())).collect();
        block_on(self.store.write(async |tx| append(tx, now, &updates).await)).unwrap();
    }

    fn after(&self, user: &str, number: i64) -> After {
        block_on(
            self.store
                .read(async |db| after(db, user, number, 20_000).await),
        )
        .unwrap()
    }

    fn numbers(&self, user: &str, number: i64) -> Vec<i64> {
        match self.after(user, number) {
            After::Updates(entries) => entries.iter().map(|entry| entry.number).collect(),
            After::Lost { .. } => Vec::new(),
        }
    }

    fn head(&self, user: &str) -> i64 {
        block_on(self.store.read(async |db| head(db, user).await)).unwrap()
    }
}

#[test]
fn each_user_has_numbers_of_their_own_without_a_gap() {
    let world = World::new();
    world.log(1, &["alice", "bob", "alice"]);
    world.log(2, &["bob", "alice"]);
    assert_eq!(world.numbers("alice", 0), [1, 2, 3]);
    assert_eq!(world.numbers("bob", 0), [1, 2]);
    assert_eq!(world.numbers("alice", 2), [3]);
    assert_eq!(world.numbers("alice", 3), [0; 0]);
    assert_eq!(world.head("carol"), 0);
}

#[test]
fn a_transaction_that_fails_uses_up_no_number() {
    let world = World::new();
    world.log(1, &["alice"]);
    let failed: Result<(), Error> = block_on(world.store.write(async |tx| {
        append(tx, 2, &[("alice", "{}".to_owned())]).await?;
        Err(Error::Unexpected("told to".to_owned()))
    }));
    failed.unwrap_err();
    world.log(3, &["alice"]);
    assert_eq!(world.numbers("alice", 0), [1, 2]);
}

#[test]
fn no_more_are_kept_than_ten_thousand_of_a_user() {
    let world = World::new();
    for _ in 0..11 {
        world.log(1, &["alice"; 1_000]);
    }
    world.log(1, &["bob"]);
    assert_eq!(world.head("alice"), 11_000);
    let kept = world.numbers("alice", 11_000 - MOST_KEPT);
    assert_eq!(kept.len(), 10_000);
    assert_eq!(kept.first(), Some(&1_001));
    let lost = After::Lost {
        head: 11_000,
        why: Lost::Forgotten,
    };
    assert_eq!(world.after("alice", 999), lost);
    assert_eq!(world.numbers("bob", 0), [1]);
}

#[test]
fn what_is_old_is_forgotten_and_the_numbers_go_on() {
    let world = World::new();
    world.log(10, &["alice", "bob"]);
    world.log(20, &["alice"]);
    let older =
        |before| block_on(world.store.read(async |db| has_older(db, before).await)).unwrap();
    assert!(!older(10));
    assert!(older(11));
    for _ in 0..3 {
        block_on(world.store.write(async |tx| prune(tx, 15, 1).await)).unwrap();
    }
    assert_eq!(world.numbers("alice", 1), [2]);
    let lost = |head| After::Lost {
        head,
        why: Lost::Forgotten,
    };
    assert_eq!(world.after("alice", 0), lost(2));
    assert_eq!(world.after("bob", 0), lost(1));
    assert_eq!(
        world.numbers("bob", 1),
        [0; 0],
        "nothing is missing after 1"
    );
    world.log(30, &["bob"]);
    assert_eq!(world.numbers("bob", 1), [2]);
}

#[test]
fn a_number_from_the_future_is_told_apart() {
    let world = World::new();
    let ahead = |head| After::Lost {
        head,
        why: Lost::Ahead,
    };
    assert_eq!(world.after("alice", 1), ahead(0));
    world.log(1, &["alice"]);
    assert_eq!(world.numbers("alice", 1), [0; 0]);
    assert_eq!(world.after("alice", 2), ahead(1));
}

#[test]
fn those_who_follow_read_what_is_of_their_users() {
    let world = World::new();
    world.log(1, &["alice", "bob", "carol", "alice"]);
    let read = |from, through, limit| -> Vec<Entry> {
        block_on(
            world
                .store
                .read(async |db| between(db, from, through, ["alice", "carol"], limit).await),
        )
        .unwrap()
    };
    let users = |entries: Vec<Entry>| -> Vec<String> {
        entries.into_iter().map(|entry| entry.user_id).collect()
    };
    assert_eq!(users(read(0, 4, 10)), ["alice", "carol", "alice"]);
    assert_eq!(users(read(1, 3, 10)), ["carol"]);
    assert_eq!(users(read(0, 4, 2)), ["alice", "carol"]);
    let last = block_on(world.store.read(async |db| end(db).await)).unwrap();
    assert_eq!(last, 4);
}

#[test]
fn a_channel_is_a_name_that_no_user_id_can_break() {
    for user in ["alice", "", "a b", "ü/../c:{}", "\u{1}"] {
        let name = channel(user);
        assert_eq!(name.len(), "updates-".len() + 64);
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        );
    }
    assert_ne!(channel("alice"), channel("Alice"));
}
