//! Who is measured.

use crate::harness::{Client, DAPR_TOKEN, Process, duebell, eventually, has_subscribed, run};
use std::{any::Any, collections::BTreeMap, path::Path};

/// How many users there are.
pub(crate) const USERS: usize = 64;

/// One that runs.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    /// The users' authorization headers.
    pub(crate) tokens: Vec<String>,
    pub(crate) processes: Vec<Process>,
    /// What has to live as long.
    pub(crate) _keep: Vec<Box<dyn Any + Send + Sync>>,
}

/// Waits until a sidecar takes events, and knows who wants them.
pub(crate) async fn subscribed(sidecar: u16, subscriptions: usize) {
    let client =
        Client::new(format!("http://127.0.0.1:{sidecar}")).with("dapr-api-token", DAPR_TOKEN);
    eventually("the sidecar has subscribed", async || {
        has_subscribed(&client, subscriptions).await
    })
    .await;
}

impl Contender {
    /// Fails if one of its processes has ended.
    pub(crate) async fn ready(&mut self, path: &str) {
        let client = Client::new(format!("http://127.0.0.1:{}", self.port))
            .with("authorization", &self.tokens[0]);
        eventually(self.name, async || {
            let answer = client.try_get(path).await?;
            (answer.status == 200).then_some(())
        })
        .await;
        for process in &mut self.processes {
            process.must_run();
        }
    }
}

/// The users' names.
pub(crate) fn users() -> impl Iterator<Item = String> {
    (0..USERS).map(|user| format!("user-{user}"))
}

/// The secret of a state folder, and the users' authorization headers that it makes.
pub(crate) fn tokens(state: &Path) -> (String, Vec<String>) {
    let token = |user: String| {
        let mut command = duebell();
        command.args(["token", "--user", &user, "--lifetime", "24h"]);
        let token = run("duebell", "duebell", command.arg("--state-dir").arg(state));
        format!("Bearer {}", token.trim())
    };
    let tokens = users().map(token).collect();
    let secrets = std::fs::read_to_string(state.join("secrets.toml")).unwrap();
    let secrets: BTreeMap<String, String> = toml::from_str(&secrets).unwrap();
    (secrets["jwt_secret"].clone(), tokens)
}
