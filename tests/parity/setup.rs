//! How a pair of sidecars is run, where it is not as usual.

use crate::subscription::Subscription;
use serde_json::Value;

/// All that both sidecars of a pair are started with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// What the app answers to `GET /dapr/subscribe`: a status and a body.
    pub(crate) discovery: (u16, String),
    /// Whether the app is there from the start.
    pub(crate) app: bool,
    /// Whether `APP_API_TOKEN` and `DAPR_API_TOKEN` are set.
    pub(crate) tokens: bool,
    /// Whether daprd is told to look at the app's health.
    pub(crate) health_check: bool,
    /// Whether the scheduler is there.
    pub(crate) scheduler: bool,
    /// Whether there is something to wait for: both are to get ready.
    pub(crate) gets_ready: bool,
    /// A time zone for both.
    pub(crate) time_zone: Option<&'static str>,
    /// Topics that are there, beside those that the app subscribes to.
    pub(crate) topics: Vec<String>,
    /// More resource files: names and texts.
    pub(crate) files: Vec<(&'static str, &'static str)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            discovery: (404, String::new()),
            app: true,
            tokens: true,
            health_check: true,
            scheduler: true,
            gets_ready: true,
            time_zone: None,
            topics: Vec::new(),
            files: Vec::new(),
        }
    }
}

impl Setup {
    /// Where the app subscribes to this.
    pub(crate) fn subscribed(mut self, subscriptions: &[Subscription]) -> Self {
        let items: Vec<Value> = subscriptions.iter().flat_map(Subscription::items).collect();
        if !items.is_empty() {
            self.discovery = (200, Value::from(items).to_string());
        }
        self
    }

    /// The topics that have to be there first.
    pub(crate) fn all_topics(&self) -> Vec<String> {
        let items: Value = serde_json::from_str(&self.discovery.1).unwrap_or_default();
        let items = items.as_array().cloned().unwrap_or_default();
        let subscribed = items.iter().filter_map(|item| item["topic"].as_str());
        let mut topics = self.topics.clone();
        topics.extend(subscribed.map(str::to_owned));
        topics.sort();
        topics.dedup();
        topics
    }
}
