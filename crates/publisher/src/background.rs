//! Publishing after the answer.

use crate::{Relay, Relayed};
use duebell_dapr::Transport;
use duebell_edge::Spawn;
use duebell_service::Logger;
use duebell_store::Error;
use std::rc::Rc;

/// Wakes the relay: to be called after whatever put events into the outbox. Not
/// durable, and need not be: the sweep finds what it did not publish.
pub fn publish_in_background<T: Transport + 'static>(
    relay: &Rc<Relay<T>>,
    spawn: &Spawn,
    logger: &Logger,
) {
    let Some(taken) = relay.wake() else {
        return;
    };
    let (relay, logger) = (Rc::clone(relay), logger.clone());
    spawn(Box::pin(async move {
        let relayed = relay.run_in_background(&taken).await;
        tell(&relayed, &logger);
    }));
}

/// Publishes what a crash left in the outbox, and forgets what is old: a cron
/// binding's tick.
///
/// # Errors
/// The database's.
pub async fn sweep<T: Transport>(relay: &Relay<T>, logger: &Logger) -> Result<(), Error> {
    let relayed = relay.sweep().await;
    if let Ok(Relayed::Stopped { .. }) = &relayed {
        tell(&relayed, logger);
    }
    relayed.map(drop)
}

fn tell(relayed: &Result<Relayed, Error>, logger: &Logger) {
    match relayed {
        Ok(Relayed::Drained(_) | Relayed::AnotherAtWork) => {}
        Ok(Relayed::Stopped { published, why }) => logger.warn(
            "events wait in the outbox",
            &[
                ("published", (*published).into()),
                ("why", why.as_str().into()),
            ],
        ),
        Err(error) => logger.error("the relay failed", &[("cause", error.to_string().into())]),
    }
}
