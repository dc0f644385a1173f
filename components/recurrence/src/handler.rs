//! What recurrence does with an event.

use crate::storage::wanted::{Wanted, want};
use duebell_events::{Event, TaskEventType};
use duebell_service::Clock;
use duebell_store::Tx;
use duebell_subscriber::{Delivered, Failure, Handler};
use std::rc::Rc;

/// Notes of what the next occurrence is wanted.
pub(crate) struct Noter {
    clock: Rc<dyn Clock>,
}

impl Noter {
    pub(crate) fn new(clock: Rc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl Handler for Noter {
    fn concerns(&self, event: &Delivered) -> bool {
        wanted(event).is_some()
    }

    async fn apply(&self, tx: &Tx<'_>, events: &[&Delivered]) -> Result<(), Failure> {
        let now = self.clock.now().timestamp_millis();
        for wanted in events.iter().filter_map(|delivered| wanted(delivered)) {
            want(tx, now, &wanted).await?;
        }
        Ok(())
    }
}

/// What a completion wants, of a task that comes again.
fn wanted(delivered: &Delivered) -> Option<Wanted> {
    let Event::Task(event) = &delivered.event else {
        return None;
    };
    if event.event_type != TaskEventType::Completed {
        return None;
    }
    event.task_data.recurring_pattern.as_ref()?;
    Some(Wanted {
        task_id: i64::try_from(event.task_id).ok()?,
        event: delivered.key.clone(),
        traceparent: delivered.traceparent.clone(),
    })
}
