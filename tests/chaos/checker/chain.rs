//! The audit's chain, as docs/audit.md has it.

use super::{
    Found,
    records::{Records, number, text},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(super) fn check(records: &Records<'_>, found: &mut Found) {
    for (user, seen) in records.users() {
        let mut previous = "0".repeat(64);
        for (index, entry) in seen.audit.iter().enumerate() {
            let number = number(entry, "number");
            let place = i64::try_from(index + 1).ok();
            let sound = number == place
                && text(entry, "previous_hash") == previous
                && text(entry, "hash") == seal(entry)
                && text(entry, "commitment") == commitment(entry);
            found.hold("chain", sound, || {
                format!("entry {place:?} of {user} (number {number:?}) was changed or moved")
            });
            text(entry, "hash").clone_into(&mut previous);
        }
        let head = seen.head.map_or("", |head| text(head, "hash"));
        let complete = head == previous || seen.audit.is_empty();
        found.hold("chain", complete, || {
            format!("the chain of {user} goes on after its end")
        });
    }
}

/// What binds an entry to its event.
pub(crate) fn commitment(entry: &Value) -> String {
    let salt = text(entry, "salt").as_bytes();
    let mut bytes: Vec<u8> = salt
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    bytes.extend(canonical(&entry["event"]).into_bytes());
    hex(&Sha256::digest(bytes))
}

/// What seals an entry.
pub(crate) fn seal(entry: &Value) -> String {
    let mut sealed = entry.clone();
    if let Some(members) = sealed.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "event" | "salt" | "hash"));
    }
    hex(&Sha256::digest(canonical(&sealed)))
}

/// RFC 8785, for what Duebell's events hold: no fractions, and no keys beyond U+FFFF.
fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            let members: Vec<String> = names
                .into_iter()
                .map(|name| {
                    format!(
                        "{}:{}",
                        Value::from(name.as_str()),
                        canonical(&members[name])
                    )
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
        // serde_json writes texts as RFC 8785 does.
        other => other.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
