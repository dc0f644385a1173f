//! Entries that were changed, removed, added or moved, at each place.

use crate::service::{entry, examine, read, trusting, usual};
use duebell_chain::{CheckpointFlaw, EntryFlaw, Flaw};
use serde_json::{Value, json};

/// How many entries the export has, before its two last lines.
const ENTRIES: usize = 7;

fn export() -> Vec<Value> {
    usual().export(2)
}

fn entry_flaw(lines: &[Value]) -> (u64, EntryFlaw) {
    match read(lines).unwrap_err() {
        Flaw::Entry { number, what } => (number, what),
        other => panic!("{other}"),
    }
}

#[test]
fn what_nobody_touched_verifies() {
    let export = export();
    assert_eq!(export.len(), ENTRIES + 2);
    let findings = examine(&trusting(&usual()), &export).unwrap();
    let told: Vec<String> = findings.verified.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "the chain ends where the service says",
            "the checkpoint's signature is that of a key that you trust",
            "checkpoint 1 of 2026-01-15T13:01:00.000Z covers entries 1 to 4",
        ]
    );
    let left: Vec<String> = findings
        .unverified
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        left,
        ["that the entries after 4 were not made anew: no checkpoint in the file covers them"]
    );
}

#[test]
fn a_change_of_any_member_of_any_entry_is_found_there() {
    for at in 0..ENTRIES {
        for (name, value, expected) in [
            (
                "recorded_at",
                json!("2026-01-14T10:30:00.001Z"),
                EntryFlaw::Changed,
            ),
            ("commitment", json!("00"), EntryFlaw::EventChanged),
            ("previous_hash", json!("00"), EntryFlaw::Unlinked),
            (
                "event",
                json!({ "event_type": "task.deleted" }),
                EntryFlaw::EventChanged,
            ),
            ("salt", json!("0".repeat(32)), EntryFlaw::EventChanged),
            ("hash", json!("00"), EntryFlaw::Changed),
            ("added", json!(true), EntryFlaw::Changed),
        ] {
            let mut lines = export();
            lines[at][name] = value;
            let found = entry_flaw(&lines);
            assert_eq!(found, (at as u64 + 1, expected), "{name}");
        }
    }
}

#[test]
fn an_entry_that_was_removed_is_named() {
    for at in 0..ENTRIES - 1 {
        let mut lines = export();
        lines.remove(at);
        let number = at as u64 + 1;
        assert_eq!(entry_flaw(&lines), (number, EntryFlaw::Removed(number + 1)));
    }
    let mut lines = export();
    lines.remove(ENTRIES - 1);
    assert_eq!(
        read(&lines).unwrap_err(),
        Flaw::Cut {
            entries: 6,
            head: 7
        }
    );
}

#[test]
fn an_entry_that_was_moved_is_named() {
    for from in 0..ENTRIES {
        for to in (0..ENTRIES).filter(|to| *to != from) {
            let mut lines = export();
            let moved = lines.remove(from);
            lines.insert(to, moved);
            let (number, what) = entry_flaw(&lines);
            // Two neighbours that changed places: which of them was moved is all one.
            let place = from.min(to) as u64 + 1;
            assert_eq!(number, place, "{from} to {to}");
            assert!(
                matches!(what, EntryFlaw::Moved(_)),
                "{from} to {to}: {what}"
            );
        }
    }
}

#[test]
fn an_entry_that_was_added_is_found_where_it_is() {
    for at in 0..ENTRIES {
        // One that is there already, a second time.
        let mut lines = export();
        lines.insert(at + 1, lines[at].clone());
        let place = at as u64 + 2;
        assert_eq!(entry_flaw(&lines), (place, EntryFlaw::Added(place - 1)));
        // One of another's making that fits to what is before it.
        let mut lines = export();
        let before = at.checked_sub(1).map(|before| &lines[before]);
        let forged = entry(before, "forged");
        lines.insert(at, forged);
        assert_eq!(entry_flaw(&lines), (place, EntryFlaw::Added(place - 1)));
    }
    // One that fits at the end.
    let mut lines = export();
    let forged = entry(Some(&lines[ENTRIES - 1]), "forged");
    lines.insert(ENTRIES, forged);
    assert_eq!(
        read(&lines).unwrap_err(),
        Flaw::Longer {
            entries: 8,
            head: 7
        }
    );
}

#[test]
fn a_chain_that_was_made_anew_from_any_entry_is_found_by_the_checkpoint() {
    for from in 0..4 {
        let mut lines = export();
        let head = lines[ENTRIES].clone();
        for at in from..ENTRIES {
            let before = at.checked_sub(1).map(|before| lines[before].clone());
            lines[at] = entry(before.as_ref(), "forged");
        }
        // The head that was noted does not fit any more.
        assert!(matches!(
            read(&lines).unwrap_err(),
            Flaw::OtherHead { number: 7, .. }
        ));
        // A head made anew fits; the checkpoint cannot be.
        lines[ENTRIES] = head;
        lines[ENTRIES]["head"]["hash"] = lines[ENTRIES - 1]["hash"].clone();
        assert_eq!(
            examine(&trusting(&usual()), &lines).unwrap_err(),
            Flaw::Checkpoint {
                number: 1,
                what: CheckpointFlaw::Rewritten { entry: 4 }
            }
        );
    }
}

#[test]
fn erasing_salt_and_event_breaks_nothing_and_one_of_them_does() {
    for at in 0..ENTRIES {
        let mut lines = export();
        for name in ["event", "salt"] {
            lines[at][name] = Value::Null;
        }
        assert_eq!(read(&lines).unwrap().erased(), 1);
        examine(&trusting(&usual()), &lines).unwrap();
        for name in ["event", "salt"] {
            let mut lines = export();
            lines[at][name] = Value::Null;
            let (number, what) = entry_flaw(&lines);
            assert_eq!(number, at as u64 + 1);
            assert!(matches!(what, EntryFlaw::Malformed(_)), "{what}");
        }
    }
}

#[test]
fn pages_lines_and_arrays_are_read_alike() {
    let lines = export();
    let items = &lines[..ENTRIES];
    let head = &lines[ENTRIES]["head"];
    let page = |part: &[Value]| json!({ "items": part, "next_cursor": null, "head": head });
    for values in [
        vec![page(&items[..3]), page(&items[3..])],
        items.to_vec(),
        vec![json!(items)],
    ] {
        let export = read(&values).unwrap();
        assert_eq!(export.entries(), 7);
        assert_eq!(export.head().to_string(), head["hash"].as_str().unwrap());
    }
    for wrong in [
        json!(3),
        json!({ "items": 3 }),
        json!({ "items": [3] }),
        json!({ "head": 3 }),
        json!({ "items": [], "head": { "number": 1 } }),
    ] {
        let flaw = read(std::slice::from_ref(&wrong)).unwrap_err();
        assert!(matches!(flaw, Flaw::NotAnExport(_)), "{wrong}: {flaw}");
    }
}
