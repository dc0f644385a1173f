//! What live-updates does with an event: it logs it.

use duebell_service::Clock;
use duebell_store::Tx;
use duebell_subscriber::{Delivered, Failure, Handler};
use duebell_updates::log;
use std::rc::Rc;

/// Logs updates.
pub(crate) struct Logbook {
    pub(crate) clock: Rc<dyn Clock>,
}

impl Handler for Logbook {
    async fn apply(&self, tx: &Tx<'_>, events: &[&Delivered]) -> Result<(), Failure> {
        let mut updates = Vec::with_capacity(events.len());
        for delivered in events {
            // Written anew rather than as it came: an update is one line.
            let event = delivered.event.to_json();
            let event = event.map_err(|error| Failure::Drop(error.to_string()))?;
            updates.push((delivered.event.user_id(), event));
        }
        let now = self.clock.now().timestamp_millis();
        Ok(log::append(tx, now, &updates).await?)
    }
}
