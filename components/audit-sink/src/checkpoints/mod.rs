//! Checkpoints: signed over the heads of all chains, by the sweep.

mod making;
mod telling;

pub(crate) use making::{Made, make_if_due};

use chrono::TimeDelta;
use duebell_chain::SigningKey;

/// When checkpoints are made, and with which key.
pub struct Checkpoints {
    key: SigningKey,
    every: TimeDelta,
}

impl Checkpoints {
    /// Checkpoints with this key, no more often than this.
    #[must_use]
    pub fn new(key: SigningKey, every: TimeDelta) -> Self {
        Self { key, every }
    }

    /// What they are signed with.
    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }
}
