//! Checkpoints that were noted elsewhere than in the export that is verified.

use crate::{
    Checkpoint,
    export::{Covered, covered},
    flaw::{CheckpointFlaw, Flaw},
};
use serde_json::Value;

/// Checkpoints from elsewhere: what users and auditors keep to hold the service to.
#[derive(Debug, Default)]
pub struct Noted {
    pub(crate) checkpoints: Vec<Checkpoint>,
    /// Those with a proof beside them.
    pub(crate) covered: Vec<Covered>,
}

impl Noted {
    /// Reads checkpoints: pages of `GET /api/audit/checkpoints`, checkpoints alone,
    /// `audit.checkpoint` events, or exports, of which all but the checkpoint is passed
    /// over.
    ///
    /// # Errors
    /// It is not JSON, what should be a checkpoint is none, or there is none at all.
    pub fn read<E: std::fmt::Display>(
        values: impl IntoIterator<Item = Result<Value, E>>,
    ) -> Result<Self, Flaw> {
        let mut noted = Self::default();
        for value in values {
            let value =
                value.map_err(|error| Flaw::NotAnExport(format!("it is not JSON: {error}")))?;
            noted.take(&value)?;
        }
        if noted.checkpoints.is_empty() {
            return Err(Flaw::NotAnExport("it holds no checkpoint".to_owned()));
        }
        Ok(noted)
    }

    /// Adds these.
    pub fn extend(&mut self, others: Self) {
        self.checkpoints.extend(others.checkpoints);
        self.covered.extend(others.covered);
    }

    fn take(&mut self, value: &Value) -> Result<(), Flaw> {
        match value {
            Value::Array(values) => values.iter().try_for_each(|value| self.take(value)),
            Value::Object(object) => {
                if let Some(Value::Array(values)) = object.get("items") {
                    return values.iter().try_for_each(|value| self.take(value));
                }
                if object.contains_key("signature") {
                    return self.add(value);
                }
                if let Some(checkpoint) = object.get("checkpoint").filter(|one| !one.is_null()) {
                    self.add(checkpoint)?;
                    if object.contains_key("proof") {
                        let flaw =
                            |why| Flaw::of_checkpoint(object, CheckpointFlaw::Malformed(why));
                        self.covered.extend(covered(object).map_err(flaw)?);
                    }
                    return Ok(());
                }
                // An event, alone, in its envelope, or as an entry of the audit.
                ["details", "data", "event"]
                    .iter()
                    .filter_map(|name| object.get(*name))
                    .filter(|inner| inner.is_object())
                    .try_for_each(|inner| self.take(inner))
            }
            _ => Ok(()),
        }
    }

    fn add(&mut self, value: &Value) -> Result<(), Flaw> {
        let checkpoint = Checkpoint::read(value).map_err(|error| Flaw::Checkpoint {
            number: value.get("number").and_then(Value::as_u64).unwrap_or(0),
            what: CheckpointFlaw::Malformed(error.to_string()),
        })?;
        self.checkpoints.push(checkpoint);
        Ok(())
    }
}
