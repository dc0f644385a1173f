//! What audit-sink does with an event: it keeps it.

use crate::storage::append::{NotAppended, append};
use duebell_service::{Clock, Entropy};
use duebell_store::Tx;
use duebell_subscriber::{Delivered, Failure, Handler};
use std::rc::Rc;

/// Appends events to their users' chains.
pub(crate) struct Auditor {
    clock: Rc<dyn Clock>,
    entropy: Rc<dyn Entropy>,
}

impl Auditor {
    /// An auditor with this clock and this randomness for salts and ids.
    #[must_use]
    pub(crate) fn new(clock: Rc<dyn Clock>, entropy: Rc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }
}

impl Handler for Auditor {
    async fn apply(&self, tx: &Tx<'_>, events: &[&Delivered]) -> Result<(), Failure> {
        let random = || {
            let mut bytes = [0; 16];
            self.entropy.fill(&mut bytes);
            bytes
        };
        append(tx, self.clock.now(), random, events)
            .await
            .map_err(|error| match error {
                NotAppended::Store(error) => error.into(),
                NotAppended::Event(why) => Failure::Drop(why),
            })
    }
}
