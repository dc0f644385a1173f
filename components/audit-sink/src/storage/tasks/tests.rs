//! Which event of a task counts, and how the parts follow each other.

use super::{After, Latest, Place, cut, latest};
use crate::storage::MIGRATIONS;
use duebell_store::{Error, Store, native::SqliteFile};
use futures::executor::block_on;
use serde_json::json;

fn places(of: &[(i64, i64)]) -> Vec<Place> {
    let place = |(task_id, bytes): &(i64, i64)| Place {
        task: After {
            user_id: "alice".to_owned(),
            task_id: *task_id,
        },
        number: 1,
        bytes: *bytes,
    };
    of.iter().map(place).collect()
}

fn cut_at(of: &[(i64, i64)], most: i64) -> (usize, Option<i64>) {
    let mut places = places(of);
    let end = cut(&mut places, most);
    (places.len(), end.map(|end| end.task_id))
}

#[test]
fn what_is_too_much_is_left_for_the_next_part() {
    let events = [(1, 40), (2, 40), (3, 40)];
    assert_eq!(cut_at(&events, 120), (3, None));
    assert_eq!(cut_at(&events, 119), (2, Some(2)));
    assert_eq!(cut_at(&events, 40), (1, Some(1)));
}

#[test]
fn a_task_is_never_cut_in_two_and_one_always_fits() {
    assert_eq!(cut_at(&[(1, 40), (2, 40), (2, 40)], 90), (1, Some(1)));
    assert_eq!(cut_at(&[(1, 500), (1, 500), (2, 1)], 90), (2, Some(1)));
    assert_eq!(cut_at(&[(1, 500), (1, 500)], 90), (2, None));
}

/// An entry: user, task, event type, source, sequence and the minute in which it
/// happened; none if it was erased.
type Entry = (
    &'static str,
    i64,
    &'static str,
    &'static str,
    Option<i64>,
    Option<u8>,
);

const ENTRIES: [Entry; 12] = [
    ("alice", 7, "task.created", "api", Some(1), Some(1)),
    ("alice", 7, "task.deleted", "api", Some(3), Some(3)),
    // A replay that came late.
    ("alice", 7, "task.updated", "api", Some(2), Some(2)),
    ("alice", 9, "reminder.due", "api", Some(1), Some(1)),
    ("alice", 8, "task.created", "other", None, Some(5)),
    ("alice", 8, "task.updated", "other", None, Some(4)),
    ("alice", 8, "task.updated", "api", Some(4), Some(9)),
    ("bob", 1, "task.created", "api", Some(10), Some(1)),
    ("bob", 1, "task.updated", "api", Some(9), Some(2)),
    ("bob", 2, "task.created", "api", Some(11), None),
    ("bob", 3, "task.created", "api", Some(12), Some(1)),
    ("bob", 3, "task.updated", "api", Some(100), Some(2)),
];

async fn append(store: &Store, number: i64, entry: &Entry) -> Result<(), Error> {
    let (user, task, event_type, source, sequence, minute) = *entry;
    let sealed = json!({ "source": source, "sequence": sequence });
    let event = minute.map(|minute| {
        let time = format!("2026-01-15T12:{minute:02}:00Z");
        json!({ "timestamp": time, "minute": minute }).to_string()
    });
    store
        .write(async |tx| {
            tx.execute(
                "INSERT INTO entries (user_id, number, event_type, task_id, recorded_at, sealed, hash, event)
                 VALUES (?1, ?2, ?3, ?4, 0, ?5, '', ?6)",
                [
                    user.into(),
                    number.into(),
                    event_type.into(),
                    task.into(),
                    sealed.to_string().into(),
                    event.into(),
                ],
            )
            .await
        })
        .await
}

fn minute(latest: &Latest) -> (String, Option<i64>, String) {
    let event = latest.event.rsplit_once("\"minute\":").unwrap().1;
    let minute = event.trim_end_matches('}').split(',').next().unwrap();
    (latest.source.clone(), latest.sequence, minute.to_owned())
}

#[test]
fn each_task_comes_once_for_each_publisher_with_the_event_that_counts() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(SqliteFile::new(folder.path().join("audit.db")), MIGRATIONS);
    block_on(async {
        for (number, entry) in ENTRIES.iter().enumerate() {
            append(&store, number as i64 + 1, entry).await.unwrap();
        }
        let expected = [
            ("api", Some(3), "3"),
            ("other", None, "5"),
            ("api", Some(4), "9"),
            ("api", Some(10), "1"),
            ("api", Some(100), "2"),
        ];
        for (most_tasks, most_bytes) in [(100, 10_000), (1, 10_000), (2, 10_000), (100, 1)] {
            let mut found = Vec::new();
            let mut after = After {
                user_id: String::new(),
                task_id: 0,
            };
            loop {
                let part = store
                    .read(async |db| latest(db, &after, most_tasks, most_bytes).await)
                    .await
                    .unwrap();
                found.extend(part.events.iter().map(minute));
                match part.next {
                    Some(next) => {
                        assert!(next > after, "it goes on");
                        after = next;
                    }
                    None => break,
                }
            }
            let expected = expected
                .map(|(source, sequence, minute)| (source.to_owned(), sequence, minute.to_owned()));
            assert_eq!(found, expected, "{most_tasks} tasks, {most_bytes} bytes");
        }
    });
}
