//! For all JSON: one canonical form, however it is written. For all chains: every
//! change is found.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use duebell_chain::{Export, Flaw, GENESIS, Salt, canonical, commitment, hash};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

type Entry = Map<String, Value>;

/// Numbers that a double holds: the canonical form is of I-JSON (RFC 7493, section 2.2).
fn number() -> impl Strategy<Value = Value> {
    const MOST: i64 = 9_007_199_254_740_991;
    prop_oneof![
        (-MOST..=MOST).prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(Value::from),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            members(inner).prop_map(Value::Object),
        ]
    })
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Entry> {
    let named = (any::<String>(), value);
    prop::collection::vec(named, 0..6).prop_map(|members| members.into_iter().collect())
}

/// JSON text of a value, with its members in another order and with spaces.
fn written_otherwise(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push_str("[ ");
            for (number, item) in items.iter().enumerate() {
                text.push_str(if number == 0 { "" } else { " ,\t" });
                written_otherwise(item, text);
            }
            text.push_str("\n]");
        }
        Value::Object(members) => {
            text.push('{');
            for (number, (name, member)) in members.iter().rev().enumerate() {
                text.push_str(if number == 0 { "" } else { ",\r\n" });
                text.push_str(&format!("{} : ", escaped(name)));
                written_otherwise(member, text);
            }
            text.push_str(" }");
        }
        Value::String(string) => text.push_str(&escaped(string)),
        other => text.push_str(&other.to_string()),
    }
}

/// A JSON string of nothing but escapes.
fn escaped(string: &str) -> String {
    let units = string.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
    format!("\"{}\"", units.collect::<String>())
}

/// The entries of these events, sealed.
fn chain(events: &[Value]) -> Vec<Entry> {
    let mut previous = GENESIS.to_owned();
    let sealed = |(number, event): (u64, &Value)| {
        let salt = Salt::new([u8::try_from(number).unwrap(); 16]);
        let entry = json!({
            "number": number, "recorded_at": "2026-01-14T10:30:00.000Z", "previous_hash": previous,
            "commitment": commitment(&salt, event).unwrap(), "event": event, "salt": salt.as_str(),
        });
        let Value::Object(mut entry) = entry else {
            unreachable!("it is an object")
        };
        previous = hash(&entry).unwrap();
        entry.insert("hash".to_owned(), previous.clone().into());
        entry
    };
    (1..).zip(events).map(sealed).collect()
}

/// Some events; an event is an object.
fn events() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(members(json()).prop_map(Value::Object), 1..6)
}

/// What entries alone come to.
fn verify(entries: &[Entry]) -> Result<Export, Flaw> {
    let values = entries.iter().cloned().map(Value::Object);
    Export::read(values.map(Ok::<_, String>))
}

/// What a text comes to.
fn read(text: &str) -> Result<Export, Flaw> {
    Export::read(serde_json::Deserializer::from_str(text).into_iter::<Value>())
}

proptest! {
    #[test]
    fn the_canonical_form_is_its_own_and_means_the_same(value in json()) {
        let form = canonical(&value).unwrap();
        let read: Value = serde_json::from_slice(&form).unwrap();
        prop_assert_eq!(canonical(&read).unwrap(), form);
        prop_assert!(means_the_same(&read, &value), "{} for {}", read, value);
    }

    #[test]
    fn neither_order_nor_spaces_nor_escapes_matter(value in json()) {
        let mut text = String::new();
        written_otherwise(&value, &mut text);
        let otherwise: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(canonical(&otherwise).unwrap(), canonical(&value).unwrap());
    }

    #[test]
    fn other_values_have_other_forms(one in json(), other in json()) {
        let are_same = canonical(&one).unwrap() == canonical(&other).unwrap();
        prop_assert_eq!(are_same, means_the_same(&one, &other));
    }

    #[test]
    fn whatever_is_recorded_verifies_and_is_read_back(events in events()) {
        let chain = chain(&events);
        let page = json!({ "items": chain, "next_cursor": null }).to_string();
        let export = read(&page).unwrap();
        prop_assert_eq!(export.entries(), events.len() as u64);
        let last = &chain.last().unwrap()["hash"];
        prop_assert_eq!(last, &Value::from(export.head().to_string()));
    }

    #[test]
    fn what_was_changed_is_found_where_it_was(
        events in events(), at in any::<Index>(), member in any::<Index>(), value in json(),
    ) {
        let sound = chain(&events);
        let at = at.index(sound.len());
        let mut changed = sound.clone();
        let names: Vec<String> = sound[at].keys().cloned().collect();
        let name = &names[member.index(names.len())];
        prop_assume!(!means_the_same(&value, &sound[at][name]));
        changed[at].insert(name.clone(), value);
        let flaw = verify(&changed).unwrap_err();
        let is_found = matches!(flaw, Flaw::Entry { number, .. } if number == at as u64 + 1);
        prop_assert!(is_found || name == "number", "{}: {:?}", name, flaw);
    }

    #[test]
    fn what_was_removed_moved_or_added_is_found(
        events in events(), at in any::<Index>(), to in any::<Index>(),
    ) {
        let sound = chain(&events);
        let (at, to) = (at.index(sound.len()), to.index(sound.len()));
        let mut removed = sound.clone();
        removed.remove(at);
        // Whoever knows the head finds that the last is missing.
        prop_assert_eq!(verify(&removed).is_ok(), at + 1 == sound.len());
        let mut added = sound.clone();
        added.insert(to, sound[at].clone());
        prop_assert!(verify(&added).is_err());
        let mut moved = sound.clone();
        moved.swap(at, to);
        prop_assert_eq!(verify(&moved).is_ok(), at == to);
    }

    #[test]
    fn erasing_breaks_nothing_whatever_is_erased(
        events in events(), erased in any::<[bool; 6]>(),
    ) {
        let mut chain = chain(&events);
        let head = verify(&chain).unwrap().head();
        let mut count = 0;
        for (entry, _) in chain.iter_mut().zip(erased).filter(|(_, erased)| *erased) {
            entry.insert("event".to_owned(), Value::Null);
            entry.insert("salt".to_owned(), Value::Null);
            count += 1;
        }
        let export = verify(&chain).unwrap();
        prop_assert_eq!((export.head(), export.erased()), (head, count));
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in ".*", json in json(), plausible in r#"[{}\[\]",:a1 ]{0,60}"#) {
        for text in [text, json.to_string(), plausible] {
            let _ = read(&text);
        }
    }
}

/// Whether two JSON values are one to whoever has doubles alone.
fn means_the_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| means_the_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, member)| {
                    other
                        .get(name)
                        .is_some_and(|other| means_the_same(member, other))
                })
        }
        (one, other) => one == other,
    }
}
