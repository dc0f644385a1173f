//! How the app answers.

use super::Call;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// An answer, or none.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Status, headers, body.
    Answer(u16, Vec<(&'static str, &'static str)>, String),
    /// To each entry of a bulk delivery this status.
    Entries(Arc<dyn Fn(&Value) -> &'static str + Send + Sync>),
    /// The connection breaks.
    Break,
    /// The answer is given when the case lets go: it cancels this.
    Held(CancellationToken, Box<Reply>),
    /// The answer is given after this time.
    Late(Duration, Box<Reply>),
}

impl Default for Reply {
    /// Everything is taken, singly or in bulk.
    fn default() -> Self {
        Self::each(|_| "SUCCESS")
    }
}

impl Reply {
    /// This status and body.
    pub(crate) fn of(status: u16, body: impl Into<String>) -> Self {
        Self::Answer(status, Vec::new(), body.into())
    }

    /// 200 with this status inside.
    pub(crate) fn says(status: &str) -> Self {
        Self::of(200, json!({ "status": status }).to_string())
    }

    /// To each entry of a bulk delivery what this says.
    pub(crate) fn each(status: impl Fn(&Value) -> &'static str + Send + Sync + 'static) -> Self {
        Self::Entries(Arc::new(status))
    }

    /// The same, when this is cancelled.
    pub(crate) fn held(self, until: &CancellationToken) -> Self {
        Self::Held(until.clone(), Box::new(self))
    }

    /// The same, after this time.
    pub(crate) fn late(self, by: Duration) -> Self {
        Self::Late(by, Box::new(self))
    }
}

/// What is said to each entry of a delivery. An empty body is enough for what is none.
pub(super) fn statuses(call: &Call, status: &dyn Fn(&Value) -> &'static str) -> String {
    let entries = call.entries();
    if entries.is_empty() {
        return String::new();
    }
    let statuses: Vec<Value> = entries
        .iter()
        .map(|entry| json!({ "entryId": entry["entryId"], "status": status(entry) }))
        .collect();
    json!({ "statuses": statuses }).to_string()
}
