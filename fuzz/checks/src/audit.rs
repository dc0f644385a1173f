//! Exports of the audit, and the canonical form of JSON.

use duebell_chain::{Export, Flaw, Salt, canonical, commitment, hash};
use serde_json::{Map, Value};

/// The input as an export, which nobody has to trust.
///
/// What verifies does not if anything of it is changed. The canonical form of JSON is
/// its own canonical form. Whatever JSON is recorded verifies.
pub fn audit(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let values = || serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut entries = Vec::new();
    values()
        .flatten()
        .for_each(|value| collect(value, &mut entries));
    if let Ok(export) = Export::read(values()) {
        assert_eq!(export.entries(), entries.len() as u64);
        assert!(export.erased() <= export.entries());
        changed(&entries);
    }
    for entry in &entries {
        recorded(&Value::Object(entry.clone()));
    }
}

/// The entries of a page, an array, or a line.
fn collect(value: Value, entries: &mut Vec<Map<String, Value>>) {
    match value {
        Value::Array(items) => items.into_iter().for_each(|item| collect(item, entries)),
        Value::Object(mut object) => match object.remove("items") {
            Some(items) => collect(items, entries),
            None if object.contains_key("number") => entries.push(object),
            None => {}
        },
        _ => {}
    }
}

/// What entries alone come to.
fn verify(entries: &[Map<String, Value>]) -> Result<Export, Flaw> {
    let values = entries.iter().cloned().map(Value::Object);
    Export::read(values.map(Ok::<_, String>))
}

/// Any change of an export that verifies is found.
fn changed(sound: &[Map<String, Value>]) {
    for at in 0..sound.len() {
        let mut entries = sound.to_vec();
        entries.remove(at);
        // Without the last it is another chain, with another head.
        let is_last = at + 1 == sound.len();
        assert_eq!(verify(&entries).is_ok(), is_last, "without entry {at}");
        if let Some(entry) = sound.get(at) {
            for name in entry.keys() {
                let mut entries = sound.to_vec();
                if let Some(entry) = entries.get_mut(at) {
                    entry.insert(name.clone(), Value::Bool(false));
                    // The one thing that nothing seals is that it was so before.
                    if Some(&*entry) != sound.get(at) {
                        assert!(verify(&entries).is_err(), "entry {at} with another {name}");
                    }
                }
            }
        }
    }
}

/// What was recorded of this verifies, however its JSON is written.
fn recorded(event: &Value) {
    let Ok(form) = canonical(event) else {
        return;
    };
    let again: Value = serde_json::from_slice(&form).expect("the canonical form is JSON");
    assert_eq!(canonical(&again).expect("it has one"), form);
    let salt = Salt::new([7; 16]);
    let committed = commitment(&salt, event).expect("it has one");
    assert_eq!(commitment(&salt, &again).expect("it has one"), committed);
    let mut entry = Map::new();
    entry.insert("number".to_owned(), 1.into());
    entry.insert("previous_hash".to_owned(), duebell_chain::GENESIS.into());
    entry.insert("commitment".to_owned(), committed.into());
    entry.insert("salt".to_owned(), salt.as_str().into());
    entry.insert("event".to_owned(), again);
    let seal = hash(&entry).expect("it has one");
    entry.insert("hash".to_owned(), seal.into());
    // An event that is null is one that was erased, and its salt is not.
    assert_eq!(verify(&[entry]).is_ok(), !event.is_null());
}
