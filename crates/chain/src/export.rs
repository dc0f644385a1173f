//! An export: a chain, where it ends, and the checkpoint that covers it.

use crate::{
    Checkpoint, Digest, Inclusion,
    flaw::{CheckpointFlaw, Flaw},
    history::History,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// An export whose entries are sound in themselves.
#[derive(Debug)]
pub struct Export {
    pub(crate) history: History,
    pub(crate) head: Option<Head>,
    pub(crate) covered: Option<Covered>,
}

/// The end of a chain, as the service says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Head {
    pub(crate) number: u64,
    pub(crate) hash: Digest,
    /// Pages of `GET /api/audit` do not name it.
    pub(crate) chain_id: Option<String>,
}

/// A checkpoint, with what shows that it covers a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Covered {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) proof: Inclusion,
}

impl Export {
    /// Reads an export: the lines of `GET /api/audit/export`, pages of `GET /api/audit`
    /// one after the other, or entries alone.
    ///
    /// # Errors
    /// The first flaw of an entry, or that this is no export.
    pub fn read<E: std::fmt::Display>(
        values: impl IntoIterator<Item = Result<Value, E>>,
    ) -> Result<Self, Flaw> {
        let mut export = Self {
            history: History::default(),
            head: None,
            covered: None,
        };
        for value in values {
            let value = value.map_err(|error| no_export(&format!("it is not JSON: {error}")))?;
            export.take(value)?;
        }
        export.history.end().map_err(entry)?;
        export.check_end()?;
        Ok(export)
    }

    /// How many entries it has.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.history.length()
    }

    /// How many of them have had their event erased.
    #[must_use]
    pub fn erased(&self) -> u64 {
        self.history.erased()
    }

    /// The hash of the last: note it, and see later that nothing before it was changed.
    #[must_use]
    pub fn head(&self) -> Digest {
        self.history.head()
    }

    fn take(&mut self, value: Value) -> Result<(), Flaw> {
        match value {
            Value::Array(items) => self.take_all(items),
            Value::Object(mut object) => {
                if let Some(items) = object.remove("items") {
                    self.take_head(object.remove("head"))?;
                    return match items {
                        Value::Array(items) => self.take_all(items),
                        _ => Err(no_export("`items` is not an array")),
                    };
                }
                // No entry has these.
                if object.contains_key("checkpoint") {
                    return self.take_checkpoint(&object);
                }
                if object.contains_key("head") {
                    return self.take_head(object.remove("head"));
                }
                self.history.push(&object).map_err(entry)
            }
            _ => Err(no_export(
                "it holds something that is neither page nor entry",
            )),
        }
    }

    fn take_all(&mut self, items: Vec<Value>) -> Result<(), Flaw> {
        for item in items {
            match item {
                Value::Object(object) => self.history.push(&object).map_err(entry)?,
                _ => return Err(no_export("`items` holds something that is no entry")),
            }
        }
        Ok(())
    }

    fn take_head(&mut self, head: Option<Value>) -> Result<(), Flaw> {
        if let Some(head) = head {
            let head = serde_json::from_value(head);
            self.head =
                Some(head.map_err(|error| no_export(&format!("its `head` is none: {error}")))?);
        }
        Ok(())
    }

    fn take_checkpoint(&mut self, line: &Map<String, Value>) -> Result<(), Flaw> {
        let covered = covered(line)
            .map_err(|why| Flaw::of_checkpoint(line, CheckpointFlaw::Malformed(why)))?;
        if let (Some(one), Some(other)) = (&self.covered, &covered)
            && one != other
        {
            return Err(no_export("it holds two checkpoints"));
        }
        self.covered = covered;
        Ok(())
    }

    /// Whether the chain ends where the service says.
    fn check_end(&self) -> Result<(), Flaw> {
        let Some(head) = &self.head else {
            return Ok(());
        };
        let entries = self.entries();
        if entries < head.number {
            return Err(Flaw::Cut {
                entries,
                head: head.number,
            });
        }
        if entries > head.number {
            return Err(Flaw::Longer {
                entries,
                head: head.number,
            });
        }
        if head.hash != self.head() {
            return Err(Flaw::OtherHead {
                number: entries,
                stated: head.hash,
                found: self.head(),
            });
        }
        Ok(())
    }
}

/// The checkpoint of a line, and the proof beside it; none if the line says that
/// there is none.
pub(crate) fn covered(line: &Map<String, Value>) -> Result<Option<Covered>, String> {
    let member = |name: &str| line.get(name).filter(|value| !value.is_null());
    let Some(checkpoint) = member("checkpoint") else {
        return Ok(None);
    };
    let checkpoint = Checkpoint::read(checkpoint).map_err(|error| error.to_string())?;
    let proof = member("proof").ok_or("there is no `proof` beside it")?;
    let proof = Inclusion::deserialize(proof)
        .map_err(|error| format!("the `proof` beside it is none: {error}"))?;
    Ok(Some(Covered { checkpoint, proof }))
}

fn entry((number, what): (u64, crate::EntryFlaw)) -> Flaw {
    Flaw::Entry { number, what }
}

fn no_export(why: &str) -> Flaw {
    Flaw::NotAnExport(why.to_owned())
}
