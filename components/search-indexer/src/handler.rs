//! What search-indexer does with an event: the index follows it.

use crate::{indexing::index, task::Change};
use duebell_events::Event;
use duebell_service::Clock;
use duebell_store::Tx;
use duebell_subscriber::{Delivered, Failure, Handler};
use std::rc::Rc;

/// Lets the index follow the events.
pub(crate) struct Indexer {
    clock: Rc<dyn Clock>,
}

impl Indexer {
    pub(crate) fn new(clock: Rc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl Handler for Indexer {
    async fn apply(&self, tx: &Tx<'_>, events: &[&Delivered]) -> Result<(), Failure> {
        let changes: Vec<Change<'_>> = events
            .iter()
            .filter_map(|delivered| match &delivered.event {
                Event::Task(event) => Some(Change {
                    event,
                    source: &delivered.source,
                    sequence: delivered.sequence.and_then(|number| number.try_into().ok()),
                }),
                _ => None,
            })
            .collect();
        index(tx, self.clock.now().timestamp_millis(), &changes).await?;
        Ok(())
    }
}
