//! What can be wrong with an export, and how that is said.

use crate::{Digest, EntryFlaw};
use serde_json::{Map, Value};
use std::fmt;

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The text is no export. Says why.
    NotAnExport(String),
    /// An entry was changed, removed, added or moved.
    Entry {
        /// Its number; where it has none, its place.
        number: u64,
        /// What is wrong with it.
        what: EntryFlaw,
    },
    /// Entries are missing at the end.
    Cut {
        /// How many there are.
        entries: u64,
        /// How many there are by the service's word.
        head: u64,
    },
    /// There are more entries than the service says.
    Longer {
        /// How many there are.
        entries: u64,
        /// How many there are by the service's word.
        head: u64,
    },
    /// The last entry is not the one that the service says.
    OtherHead {
        /// Its number.
        number: u64,
        /// The hash by the service's word.
        stated: Digest,
        /// The hash that it has.
        found: Digest,
    },
    /// Something is wrong with a checkpoint, or it contradicts the chain.
    Checkpoint {
        /// Its number; 0 if it says none.
        number: u64,
        /// What it is.
        what: CheckpointFlaw,
    },
    /// It contradicts an older export.
    Older {
        /// The older export's name.
        name: String,
        /// What it is.
        what: OlderFlaw,
    },
}

/// What is wrong with a checkpoint, or what it shows to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointFlaw {
    /// It cannot be read. Says why.
    Malformed(String),
    /// It is signed with this key, which is none of the trusted.
    UnknownKey(String),
    /// Its signature is not that of the key that it names.
    Forged,
    /// Its proof does not lead to its root.
    NotIncluded,
    /// Its proof is about another chain.
    OtherChain,
    /// It covers so many entries, and the export has fewer.
    Ahead {
        /// How many it covers.
        covered: u64,
        /// How many there are.
        entries: u64,
    },
    /// The entry that was the last of the chain then is another now.
    Rewritten {
        /// The entry's number.
        entry: u64,
    },
    /// There is another of the same number.
    Contradicted,
    /// It does not name the one before.
    BrokenLink,
    /// A newer one is known: this one, which the export should have.
    Outdated {
        /// The newest that is known.
        newest: u64,
    },
    /// It is known, and was made after the chain had begun; the export has none.
    Withheld,
}

/// How an export contradicts an older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OlderFlaw {
    /// The older one is flawed itself.
    Flawed(Box<Flaw>),
    /// They are of two chains.
    OtherChain,
    /// The older one has more entries.
    Shorter {
        /// How many there are.
        entries: u64,
        /// How many the older one has.
        older: u64,
    },
    /// An entry is another.
    Rewritten {
        /// The first that is.
        entry: u64,
    },
}

impl Flaw {
    pub(crate) fn of_checkpoint(line: &Map<String, Value>, what: CheckpointFlaw) -> Self {
        let number = line.get("checkpoint").and_then(|one| one.get("number"));
        Self::Checkpoint {
            number: number.and_then(Value::as_u64).unwrap_or(0),
            what,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnExport(why) => write!(f, "this is no export: {why}"),
            Self::Entry { number, what } => write!(f, "entry {number}: {what}"),
            Self::Cut { entries, head } => write!(
                f,
                "entry {}: missing, with all that follow: the export has {entries} entries, and says that the chain ends with entry {head}. \
                 Give all pages, the last one included",
                entries + 1
            ),
            Self::Longer { entries, head } => write!(
                f,
                "entry {}: it was added: the export has {entries} entries, and says that the chain ends with entry {head}",
                head + 1
            ),
            Self::OtherHead {
                number,
                stated,
                found,
            } => write!(
                f,
                "entry {number}: the export says that the chain ends with hash {stated}, but it ends with {found}: the chain was rewritten, or the head"
            ),
            Self::Checkpoint { number, what } => write!(f, "checkpoint {number}: {what}"),
            Self::Older { name, what } => write!(f, "compared with {name}: {what}"),
        }
    }
}

impl std::error::Error for Flaw {}

impl fmt::Display for CheckpointFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => f.write_str(why),
            Self::UnknownKey(id) => write!(
                f,
                "it is of another key: {id} is none of those that you trust"
            ),
            Self::Forged => f.write_str(
                "it was forged or changed: its signature is not that of the key that it names",
            ),
            Self::NotIncluded => f.write_str(
                "it does not cover this chain: the proof does not lead to its root",
            ),
            Self::OtherChain => f.write_str("the proof beside it is of another chain"),
            Self::Ahead { covered, entries } => write!(
                f,
                "it covers {covered} entries, but there are {entries}: the export was replaced by an older one, or entries {} to {covered} were removed",
                entries + 1
            ),
            Self::Rewritten { entry } => write!(
                f,
                "entry {entry} is another than the one that it covers: the chain was rewritten, at this entry or before it"
            ),
            Self::Contradicted => f.write_str(
                "there are two of this number that differ: the service has told two stories",
            ),
            Self::BrokenLink => f.write_str(
                "its `previous_hash` is not the hash of the checkpoint before: the service has told two stories",
            ),
            Self::Outdated { newest } => write!(
                f,
                "the export has this one, but checkpoint {newest} is known: the export was replaced by an older one, or is older. Export again"
            ),
            Self::Withheld => f.write_str(
                "the export has no checkpoint, but this one was made after the chain had begun: the export was replaced by an older one, or is older. Export again",
            ),
        }
    }
}

impl fmt::Display for OlderFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flawed(flaw) => write!(f, "it is not sound itself: {flaw}"),
            Self::OtherChain => f.write_str("it is of another chain"),
            Self::Shorter { entries, older } => write!(
                f,
                "there are {entries} entries, but it has {older}: the export was replaced by an older one, or entries {} to {older} were removed",
                entries + 1
            ),
            Self::Rewritten { entry } => {
                write!(f, "entry {entry} is another: the chain was rewritten")
            }
        }
    }
}
