//! Verifying what was exported.

use crate::seal::{GENESIS, Salt, commitment, hash};
use serde_json::{Map, Value};
use std::fmt;

/// A text that holds no entries.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAnExport(String);

impl fmt::Display for NotAnExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAnExport {}

/// Reads the entries of an export: pages of `GET /api/audit`, one after the
/// other, or entries alone.
///
/// # Errors
/// The text is not JSON, or something in it is neither page nor entry.
pub fn entries(text: &str) -> Result<Vec<Map<String, Value>>, NotAnExport> {
    let mut all = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| NotAnExport(format!("it is not JSON: {error}")))?;
        match value {
            Value::Array(items) => collect(items, &mut all)?,
            Value::Object(mut object) => match object.remove("items") {
                Some(Value::Array(items)) => collect(items, &mut all)?,
                Some(_) => return Err(NotAnExport("`items` is not an array".to_owned())),
                None => all.push(object),
            },
            _ => {
                return Err(NotAnExport(
                    "it holds something that is neither page nor entry".to_owned(),
                ));
            }
        }
    }
    Ok(all)
}

fn collect(items: Vec<Value>, all: &mut Vec<Map<String, Value>>) -> Result<(), NotAnExport> {
    for item in items {
        match item {
            Value::Object(entry) => all.push(entry),
            _ => {
                return Err(NotAnExport(
                    "`items` holds something that is no entry".to_owned(),
                ));
            }
        }
    }
    Ok(())
}

/// What a sound export amounts to.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
    /// How many of them have had their event erased.
    pub erased: u64,
    /// The hash of the last: compare it with one noted earlier, or with what the
    /// service says, to see that nothing was cut off at the end.
    pub head: String,
}

/// The first thing that is wrong with an export.
#[derive(Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The entry's number; where it has none, its place in the export, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}: {}", self.number, self.what)
    }
}

impl std::error::Error for Flaw {}

/// Verifies a whole chain, from entry 1.
///
/// # Errors
/// The first flaw: an entry that was changed, removed, added or moved.
pub fn verify(entries: &[Map<String, Value>]) -> Result<Verified, Flaw> {
    let mut previous = GENESIS.to_owned();
    let mut erased = 0;
    let mut expected = 0;
    for entry in entries {
        expected += 1;
        let flaw = |what: String| Flaw {
            number: expected,
            what,
        };
        match entry.get("number").and_then(Value::as_u64) {
            Some(number) if number == expected => {}
            Some(number) => {
                return Err(flaw(format!(
                    "expected here, but the export goes on with {number}; \
                     an export has to be whole, from entry 1 and without filters"
                )));
            }
            None => return Err(flaw("it has no `number`".to_owned())),
        }
        if text(entry, "previous_hash") != Some(&previous) {
            return Err(flaw(
                "its `previous_hash` is not the hash of the entry before".to_owned(),
            ));
        }
        match check_event(entry) {
            Ok(true) => {}
            Ok(false) => erased += 1,
            Err(what) => return Err(flaw(what)),
        }
        let sealed = hash(entry).map_err(|error| flaw(error.to_string()))?;
        if text(entry, "hash") != Some(&sealed) {
            return Err(flaw("it was changed: its `hash` does not match".to_owned()));
        }
        previous = sealed;
    }
    Ok(Verified {
        entries: expected,
        erased,
        head: previous,
    })
}

/// Whether an entry's event is there and is the one that was committed to;
/// false for one that was erased together with its salt.
fn check_event(entry: &Map<String, Value>) -> Result<bool, String> {
    let committed = text(entry, "commitment").ok_or("it has no `commitment`")?;
    let present = |name: &str| entry.get(name).filter(|value| !value.is_null());
    match (present("event"), present("salt")) {
        (None, None) => Ok(false),
        (Some(event), Some(salt)) => {
            let salt = salt
                .as_str()
                .and_then(Salt::parse)
                .ok_or("its `salt` is not 32 hex digits")?;
            let found = commitment(&salt, event).map_err(|error| error.to_string())?;
            if found == committed {
                Ok(true)
            } else {
                Err("it was changed: its `event` does not match the `commitment`".to_owned())
            }
        }
        _ => Err("it has only one of `event` and `salt`; they are erased together".to_owned()),
    }
}

fn text<'a>(entry: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    entry.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chain(length: u64) -> Vec<Map<String, Value>> {
        let mut previous = GENESIS.to_owned();
        (1..=length)
            .map(|number| {
                let salt = Salt::new([7; 16]);
                let event = json!({"event_type": "task.created", "task_id": number});
                let mut entry = Map::new();
                entry.insert("number".to_owned(), number.into());
                entry.insert("recorded_at".to_owned(), "2026-01-14T10:30:00.000Z".into());
                entry.insert(
                    "commitment".to_owned(),
                    commitment(&salt, &event).unwrap().into(),
                );
                entry.insert("previous_hash".to_owned(), previous.clone().into());
                entry.insert("event".to_owned(), event);
                entry.insert("salt".to_owned(), salt.as_str().into());
                previous = hash(&entry).unwrap();
                entry.insert("hash".to_owned(), previous.clone().into());
                entry
            })
            .collect()
    }

    fn flaw_after(change: impl FnOnce(&mut Vec<Map<String, Value>>)) -> u64 {
        let mut entries = chain(5);
        change(&mut entries);
        verify(&entries).unwrap_err().number
    }

    #[test]
    fn a_chain_that_nobody_touched_verifies() {
        let entries = chain(5);
        let verified = verify(&entries).unwrap();
        assert_eq!((verified.entries, verified.erased), (5, 0));
        assert_eq!(text(&entries[4], "hash"), Some(verified.head.as_str()));
        assert_eq!(verify(&[]).unwrap().head, GENESIS);
    }

    #[test]
    fn a_change_of_any_member_of_any_entry_is_found_there() {
        for at in 0..5 {
            for (name, value) in [
                ("number", json!(9)),
                ("recorded_at", json!("2026-01-14T10:30:00.001Z")),
                ("commitment", json!("00")),
                ("previous_hash", json!("00")),
                (
                    "event",
                    json!({"event_type": "task.deleted", "task_id": at + 1}),
                ),
                ("salt", json!("00000000000000000000000000000000")),
                ("hash", json!("00")),
                ("added", json!(true)),
            ] {
                let found = flaw_after(|entries| {
                    entries[at].insert(name.to_owned(), value);
                });
                assert_eq!(found, at as u64 + 1, "{name}");
            }
        }
    }

    #[test]
    fn an_entry_that_was_removed_added_or_moved_is_found() {
        assert_eq!(flaw_after(|entries| drop(entries.remove(2))), 3);
        assert_eq!(flaw_after(|entries| entries.swap(1, 2)), 2);
        assert_eq!(
            flaw_after(|entries| entries.insert(1, entries[0].clone())),
            2
        );
        assert_eq!(flaw_after(|entries| drop(entries.remove(0))), 1);
    }

    #[test]
    fn a_chain_rewritten_from_the_middle_has_another_head() {
        let before = verify(&chain(5)).unwrap().head;
        let mut entries = chain(5);
        entries.truncate(4);
        assert_ne!(verify(&entries).unwrap().head, before);
    }

    #[test]
    fn erasing_salt_and_event_breaks_nothing_and_one_of_them_does() {
        let mut entries = chain(3);
        for name in ["event", "salt"] {
            entries[1].insert(name.to_owned(), Value::Null);
        }
        let verified = verify(&entries).unwrap();
        assert_eq!((verified.entries, verified.erased), (3, 1));
        assert_eq!(flaw_after(|entries| drop(entries[1].remove("salt"))), 2);
        assert_eq!(flaw_after(|entries| drop(entries[1].remove("event"))), 2);
    }

    #[test]
    fn pages_lines_and_arrays_are_read_alike() {
        let items = chain(4);
        let page =
            |part: &[Map<String, Value>]| json!({"items": part, "next_cursor": null}).to_string();
        let pages = format!("{}\n{}", page(&items[..2]), page(&items[2..]));
        let lines: String = items
            .iter()
            .map(|item| format!("{}\n", Value::Object(item.clone())))
            .collect();
        for text in [pages, lines, json!(items).to_string()] {
            assert_eq!(entries(&text).unwrap(), items);
        }
        for wrong in ["not json", "3", r#"{"items": 3}"#, r#"{"items": [3]}"#] {
            assert!(entries(wrong).is_err(), "{wrong}");
        }
    }
}
