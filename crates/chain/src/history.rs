//! Verifying a chain, entry by entry.

use crate::{
    Digest,
    seal::{Salt, commitment, hash},
};
use serde_json::{Map, Value};
use std::fmt;

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryFlaw {
    /// It has no `number`.
    NoNumber,
    /// It is not there: the export goes on with this one.
    Removed(u64),
    /// It is not in its place, but after this one.
    Moved(u64),
    /// In its place is one that says to be an earlier one.
    Added(u64),
    /// Its `previous_hash` is not the hash of the entry before.
    Unlinked,
    /// Its `hash` does not match it.
    Changed,
    /// Its `event` does not match its `commitment`.
    EventChanged,
    /// A member is not what it should be. Says which, and what that is.
    Malformed(String),
}

impl fmt::Display for EntryFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNumber => f.write_str("it has no `number`"),
            Self::Removed(next) => write!(
                f,
                "it was removed: the export goes on with entry {next}. \
                 (An export has to be whole, from entry 1 and without filters.)"
            ),
            Self::Moved(after) => write!(f, "it was moved: it comes only after entry {after}"),
            Self::Added(number) => write!(
                f,
                "an entry was added before it, or it was moved: one that says to be entry {number} is in its place"
            ),
            Self::Unlinked => f.write_str(
                "its `previous_hash` is not the hash of the entry before: one of the two was changed, or another was put in its place",
            ),
            Self::Changed => f.write_str("it was changed: its `hash` does not match"),
            Self::EventChanged => {
                f.write_str("it was changed: its `event` does not match the `commitment`")
            }
            Self::Malformed(what) => f.write_str(what),
        }
    }
}

/// A chain that is being read.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The hash of each entry, in order.
    hashes: Vec<Digest>,
    erased: u64,
    first_recorded_at: Option<String>,
    lost: Option<Lost>,
}

/// An entry that should have come, while it is looked for further on.
#[derive(Debug)]
struct Lost {
    number: u64,
    instead: u64,
    before: u64,
}

impl History {
    /// Takes the next entry.
    ///
    /// # Errors
    /// What is wrong, and with which entry. That one was removed shows only at the
    /// [`end`](Self::end).
    pub(crate) fn push(&mut self, entry: &Map<String, Value>) -> Result<(), (u64, EntryFlaw)> {
        let number = entry.get("number").and_then(Value::as_u64);
        if let Some(lost) = &mut self.lost {
            if number == Some(lost.number) {
                return Err((lost.number, EntryFlaw::Moved(lost.before)));
            }
            lost.before = number.unwrap_or(lost.before);
            return Ok(());
        }
        let expected = self.length() + 1;
        match number {
            Some(number) if number == expected => {}
            Some(number) if number > expected => {
                self.lost = Some(Lost {
                    number: expected,
                    instead: number,
                    before: number,
                });
                return Ok(());
            }
            Some(number) => return Err((expected, EntryFlaw::Added(number))),
            None => return Err((expected, EntryFlaw::NoNumber)),
        }
        let sealed = self.check(entry).map_err(|flaw| (expected, flaw))?;
        if expected == 1 {
            self.first_recorded_at = text(entry, "recorded_at").map(str::to_owned);
        }
        self.hashes.push(sealed);
        Ok(())
    }

    /// All entries have come.
    ///
    /// # Errors
    /// One is missing.
    pub(crate) fn end(&self) -> Result<(), (u64, EntryFlaw)> {
        match &self.lost {
            Some(lost) => Err((lost.number, EntryFlaw::Removed(lost.instead))),
            None => Ok(()),
        }
    }

    /// How many entries have come.
    pub(crate) fn length(&self) -> u64 {
        u64::try_from(self.hashes.len()).unwrap_or(u64::MAX)
    }

    /// How many of them have had their event erased.
    pub(crate) fn erased(&self) -> u64 {
        self.erased
    }

    /// The hash of an entry; of number 0, what stands before the first.
    pub(crate) fn hash_at(&self, number: u64) -> Option<Digest> {
        match usize::try_from(number).ok()?.checked_sub(1) {
            None => Some(Digest::NOTHING),
            Some(at) => self.hashes.get(at).copied(),
        }
    }

    /// The hash of the last entry.
    pub(crate) fn head(&self) -> Digest {
        self.hashes.last().copied().unwrap_or(Digest::NOTHING)
    }

    /// The first of these entries and another chain's that differ.
    pub(crate) fn first_difference(&self, other: &Self) -> Option<u64> {
        let pairs = self.hashes.iter().zip(&other.hashes);
        let at = pairs.into_iter().position(|(one, other)| one != other)?;
        u64::try_from(at + 1).ok()
    }

    /// When the first entry was written, by its own word.
    pub(crate) fn first_recorded_at(&self) -> Option<&str> {
        self.first_recorded_at.as_deref()
    }

    fn check(&mut self, entry: &Map<String, Value>) -> Result<Digest, EntryFlaw> {
        if text(entry, "previous_hash").and_then(Digest::parse) != Some(self.head()) {
            return Err(EntryFlaw::Unlinked);
        }
        if !check_event(entry)? {
            self.erased += 1;
        }
        let malformed = |error: crate::NotCanonical| EntryFlaw::Malformed(error.to_string());
        let sealed = Digest::parse(&hash(entry).map_err(malformed)?);
        let stated = text(entry, "hash").and_then(Digest::parse);
        sealed
            .filter(|sealed| stated == Some(*sealed))
            .ok_or(EntryFlaw::Changed)
    }
}

/// Whether an entry's event is there and is the one that was committed to;
/// false for one that was erased together with its salt.
fn check_event(entry: &Map<String, Value>) -> Result<bool, EntryFlaw> {
    let malformed = |what: &str| EntryFlaw::Malformed(what.to_owned());
    let committed = text(entry, "commitment").ok_or_else(|| malformed("it has no `commitment`"))?;
    let present = |name: &str| entry.get(name).filter(|value| !value.is_null());
    match (present("event"), present("salt")) {
        (None, None) => Ok(false),
        (Some(event), Some(salt)) => {
            let salt = salt
                .as_str()
                .and_then(Salt::parse)
                .ok_or_else(|| malformed("its `salt` is not 32 hex digits"))?;
            let found = commitment(&salt, event).map_err(|error| malformed(&error.to_string()))?;
            if found == committed {
                Ok(true)
            } else {
                Err(EntryFlaw::EventChanged)
            }
        }
        _ => Err(malformed(
            "it has only one of `event` and `salt`; they are erased together",
        )),
    }
}

fn text<'a>(entry: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    entry.get(name).and_then(Value::as_str)
}
