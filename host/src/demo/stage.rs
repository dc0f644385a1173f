//! What all parts use: who acts, and waiting for what should come.

use super::Client;
use duebell_host::commands::say;
use miette::miette;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How long something is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked for.
const PAUSE: Duration = Duration::from_millis(50);

/// Who acts.
pub(super) struct Stage {
    /// The user, at the app.
    pub(super) user: Client,
    /// Another program, at the sidecar.
    pub(super) publisher: Client,
    /// The sidecar, at the app.
    pub(super) sidecar: Client,
}

impl Stage {
    pub(super) fn title(&self, text: &str) {
        say(&format!("\n{text}\n"));
    }

    pub(super) fn note(&self, text: &str) {
        say(&format!("   {text}\n"));
    }

    /// The items of this list of the user's that fit, once there are so many.
    ///
    /// # Errors
    ///
    /// They did not come in time. Says what was waited for.
    pub(super) async fn wait_for(
        &self,
        what: &str,
        path: &str,
        count: usize,
        fits: impl Fn(&Value) -> bool,
    ) -> miette::Result<Vec<Value>> {
        let start = Instant::now();
        loop {
            let page = self.user.get(path).await?;
            let items = page.get("items").and_then(Value::as_array);
            let found: Vec<Value> = items
                .into_iter()
                .flatten()
                .filter(|item| fits(item))
                .cloned()
                .collect();
            if found.len() >= count {
                return Ok(found);
            }
            if start.elapsed() > PATIENCE {
                return Err(miette!(
                    "this was waited for in vain, for {} s: {what} ({} of {count} came)",
                    PATIENCE.as_secs(),
                    found.len()
                ));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Entries of the user's audit about a task, once there are so many, each printed.
    ///
    /// # Errors
    ///
    /// They did not come in time.
    pub(super) async fn audited(&self, task: &Value, count: usize) -> miette::Result<Vec<Value>> {
        let path = format!("/api/audit?limit=200&task_id={task}");
        let what = format!("{count} events of task {task} in the audit");
        let entries = self.wait_for(&what, &path, count, |_| true).await?;
        for entry in &entries {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            self.note(&format!(
                "audit #{}: {} at {}, from {}",
                entry.get("number").unwrap_or(&Value::Null),
                text("event_type"),
                text("recorded_at"),
                text("source"),
            ));
        }
        Ok(entries)
    }
}

/// A member of an object.
pub(super) fn member(of: &Value, name: &str) -> Value {
    of.get(name).cloned().unwrap_or_default()
}
