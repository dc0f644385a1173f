//! A history, sorted by what its records are.

use super::clock::Clocks;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a client asked, and what it was told.
pub(super) struct Call<'a> {
    pub(super) user: &'a str,
    /// The `X-Client-Id`: one for each operation, also if it was repeated.
    pub(super) source: &'a str,
    pub(super) does: &'a str,
    pub(super) task: Option<i64>,
    pub(super) reminder: Option<i64>,
    pub(super) if_match: Option<i64>,
    /// Whether it had a key to repeat it by.
    pub(super) keyed: bool,
    pub(super) body: &'a Value,
    /// In milliseconds.
    pub(super) sent: i64,
    pub(super) answered: i64,
    pub(super) answer: &'a Value,
    pub(super) outcome: Outcome,
}

/// What a client knows of what it asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was done.
    Done,
    /// Nothing was changed: a status of 4xx, or 503 with the type `busy`.
    Refused(u64),
    /// No answer, or an error of the server's: it may have been done.
    Unknown,
}

/// What there was in the end, of one user.
#[derive(Default)]
pub(super) struct Seen<'a> {
    pub(super) tasks: Vec<&'a Value>,
    pub(super) audit: Vec<&'a Value>,
    pub(super) head: Option<&'a Value>,
    pub(super) notifications: Vec<&'a Value>,
    pub(super) updates: Vec<&'a Value>,
    /// What search found, by word.
    pub(super) found: Vec<&'a Value>,
    /// What search found by words of others.
    pub(super) strangers: Vec<&'a Value>,
}

/// A history.
pub(super) struct Records<'a> {
    pub(super) calls: Vec<Call<'a>>,
    pub(super) seen: BTreeMap<&'a str, Seen<'a>>,
    /// All that subscribers gave up.
    pub(super) letters: Vec<&'a Value>,
    /// The classes of the faults that struck.
    pub(super) struck: Vec<&'a str>,
    pub(super) clocks: Clocks,
    /// When the end was looked at, in milliseconds.
    pub(super) looked: i64,
}

impl<'a> Records<'a> {
    pub(super) fn read(records: &'a [Value]) -> Self {
        let mut read = Self {
            calls: Vec::new(),
            seen: BTreeMap::new(),
            letters: Vec::new(),
            struck: Vec::new(),
            clocks: Clocks::default(),
            looked: 0,
        };
        for record in records {
            match text(record, "kind") {
                "call" => read.calls.push(call(record)),
                "observed" => read.observed(record),
                "fault" if number(record, "struck") > Some(0) => {
                    read.struck.push(text(record, "class"));
                }
                "clock" => read.clocks.set(
                    number(record, "at").unwrap_or(0),
                    number(record, "offset").unwrap_or(0),
                ),
                _ => {}
            }
        }
        read
    }

    fn observed(&mut self, record: &'a Value) {
        self.looked = number(record, "at").unwrap_or(0);
        let items: Vec<&Value> = record["items"].as_array().into_iter().flatten().collect();
        let seen = self.seen.entry(text(record, "user")).or_default();
        match text(record, "what") {
            "tasks" => seen.tasks = items,
            "audit" => {
                seen.audit = items;
                seen.head = Some(&record["head"]);
            }
            "notifications" => seen.notifications = items,
            "updates" => seen.updates = items,
            "search" => seen.found = items,
            "search-of-others" => seen.strangers = items,
            "dead-letters" => self.letters = items,
            _ => {}
        }
    }

    /// The users that worked.
    pub(super) fn users(&self) -> impl Iterator<Item = (&'a str, &Seen<'a>)> {
        let users = self.seen.iter().filter(|(name, _)| !name.is_empty());
        users.map(|(name, seen)| (*name, seen))
    }
}

fn call(record: &Value) -> Call<'_> {
    let status = record["status"].as_u64();
    let busy = record["answer"]["type"]
        .as_str()
        .is_some_and(|name| name.ends_with("/busy"));
    Call {
        user: text(record, "user"),
        source: text(record, "source"),
        does: text(record, "does"),
        task: number(record, "task"),
        reminder: number(record, "reminder"),
        if_match: number(record, "if_match"),
        keyed: !text(record, "key").is_empty(),
        body: &record["body"],
        sent: number(record, "sent").unwrap_or(0),
        answered: number(record, "answered").unwrap_or(i64::MAX),
        answer: &record["answer"],
        outcome: match status {
            Some(200..300) => Outcome::Done,
            Some(status @ 400..500) => Outcome::Refused(status),
            Some(503) if busy => Outcome::Refused(503),
            _ => Outcome::Unknown,
        },
    }
}

/// A member that is a text; empty if it is none.
pub(super) fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or_default()
}

/// A member that is a number.
pub(super) fn number(of: &Value, name: &str) -> Option<i64> {
    of[name].as_i64()
}

/// A member that is a time, in milliseconds.
pub(super) fn time(of: &Value, name: &str) -> Option<i64> {
    let time = chrono::DateTime::parse_from_rfc3339(of[name].as_str()?).ok()?;
    Some(time.timestamp_millis())
}
