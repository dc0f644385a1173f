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
            let event = delivered.event.to_json();
            let event = event.map_err(|error| Failure::Drop(error.to_string()))?;
            // An update is one line of a stream, and `changes` are as they came. A line
            // break stands only between the parts of JSON, never inside of a text.
            let event = event.replace(['\n', '\r'], " ");
            updates.push((delivered.event.user_id(), event));
        }
        let now = self.clock.now().timestamp_millis();
        Ok(log::append(tx, now, &updates).await?)
    }
}
