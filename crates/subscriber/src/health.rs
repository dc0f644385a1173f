//! Telling how a consumer is.
//!
//! One component answers for all of them, and must not depend on any: so whoever
//! consumes tells it, by the way on which it asks for events that it missed.

use crate::{Handler, Subscriber, Swept};
use duebell_dapr::Transport;
use duebell_events::source;
use duebell_service::Logger;
use duebell_telemetry::{Report, Trouble};

impl Swept {
    /// What is wrong, as far as the sweep has seen.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        let detail = if !self.unavailable.is_empty() {
            "Events that were missed cannot be fetched: see \"a publisher could not be asked\" in the component's log."
        } else if self.is_behind {
            "Events are missing still: they are fetched little by little, or wait behind one that fails; see \"an event is to be delivered again\" in the component's log."
        } else {
            return None;
        };
        Some(Trouble {
            since: None,
            detail,
        })
    }
}

impl<H: Handler, T: Transport> Subscriber<H, T> {
    /// Tells task-api, whose events this consumer takes, how the component is: at the
    /// end of each sweep. That it was told counts for a while only, so that whoever
    /// does not sweep any more is missed.
    pub async fn tell_health(&self, component: &str, troubles: &[Trouble], logger: &Logger) {
        let Some(publisher) = self.history.publisher(source::TASK_API) else {
            return;
        };
        let url = format!("{}/health/{component}", publisher.url);
        self.history
            .report(&url, &Report::of(troubles), logger)
            .await;
    }
}
