//! The Dapr resource files, as far as the sidecar implements them: what it does
//! not implement stops the start and is named.

mod component;
mod cron;
pub(crate) mod duration;
mod kafka;
mod load;
mod model;
mod resiliency;
mod source;
mod subscription;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::Path;

pub(crate) use cron::CronBinding;
pub(crate) use kafka::{InitialOffset, KafkaPubsub};
pub(crate) use resiliency::{Backoff, InboundPolicy, RetryPolicy};

use super::subscriptions::Subscription;

/// What a folder of Dapr resource files says to one app.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    pub(crate) pubsubs: Vec<KafkaPubsub>,
    pub(crate) crons: Vec<CronBinding>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// By component.
    pub(crate) policies: HashMap<String, InboundPolicy>,
}

impl Resources {
    /// Reads every `*.yaml` and `*.yml` in `dir` for the app `app_id`. Resources
    /// that are scoped to other apps are left out.
    ///
    /// # Errors
    /// A file that cannot be read, is no YAML, or holds a kind, a component type,
    /// a setting or a field that the embedded sidecar does not implement. The
    /// error names file, line and field, and what to write instead.
    pub fn load(dir: &Path, app_id: &str) -> miette::Result<Resources> {
        load::folder(dir, app_id)
    }

    /// The pubsub component of that name.
    pub(crate) fn pubsub(&self, name: &str) -> Option<&KafkaPubsub> {
        self.pubsubs.iter().find(|pubsub| pubsub.name == name)
    }

    /// How deliveries from that component are retried.
    pub(crate) fn policy(&self, component: &str) -> InboundPolicy {
        self.policies.get(component).cloned().unwrap_or_default()
    }

    /// What can only be seen in all files together.
    fn check(&self) -> Result<(), String> {
        let mut names = HashSet::new();
        let pubsubs = self.pubsubs.iter().map(|pubsub| &pubsub.name);
        for name in pubsubs.chain(self.crons.iter().map(|cron| &cron.name)) {
            if !names.insert(name) {
                return Err(format!("two components are named `{name}`: rename one"));
            }
        }
        for cron in &self.crons {
            if self.policies.contains_key(&cron.name) {
                return Err(format!(
                    "the Resiliency target `{}` is a cron binding, for which the embedded sidecar implements no policy: remove it",
                    cron.name
                ));
            }
        }
        Ok(())
    }
}
