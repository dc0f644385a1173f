//! What the scripts beside the manifests make.

use crate::{
    Trouble,
    json::{Json, documents},
    rights::{Right, What},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

/// Secrets by name and key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(pub(crate) BTreeMap<String, BTreeMap<String, String>>);

impl Secrets {
    /// What `secrets.sh` prints.
    pub(crate) fn made(root: &Path, environment: &str) -> Result<Self, Trouble> {
        let mut command = Command::new("bash");
        command
            .arg(root.join("deploy/kubernetes/secrets.sh"))
            .arg(environment)
            .env("POSTGRES", "db.example.com:5432/duebell");
        let text = output(command)?;
        let mut secrets = BTreeMap::new();
        for document in documents("secrets.sh", &text)? {
            let name = document.text("/metadata/name").to_owned();
            secrets.insert(name, document.labels("/stringData"));
        }
        Ok(Self(secrets))
    }

    /// What is under a key.
    pub(crate) fn get(&self, name: &str, key: &str) -> Option<&str> {
        self.0.get(name)?.get(key).map(String::as_str)
    }
}

/// What `rpk` is told to make.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rpk {
    /// Topics, and how many partitions they have.
    pub(crate) topics: BTreeMap<String, u64>,
    /// The users.
    pub(crate) users: BTreeSet<String>,
    /// Who may do what.
    pub(crate) rights: BTreeSet<Right>,
}

impl Rpk {
    /// What the script for Redpanda would tell it: it is run with an `rpk` that prints,
    /// and a `kubectl` that knows one password.
    pub(crate) fn told(root: &Path) -> Result<Self, Trouble> {
        let mut command = Command::new("bash");
        command
            .arg("-c")
            .arg("kubectl() { echo c2VjcmV0; }; export -f kubectl; exec bash \"$0\"")
            .arg(root.join("deploy/kubernetes/kafka/redpanda/setup.sh"))
            .env("RPK", "echo")
            .env("KUBECTL", "kubectl");
        let mut told = Self::default();
        for line in output(command)?.lines() {
            told.take(&line.split_whitespace().collect::<Vec<_>>());
        }
        Ok(told)
    }

    fn take(&mut self, words: &[&str]) {
        let after = |flag: &str| {
            let place = words.iter().position(|word| *word == flag)?;
            words.get(place + 1).copied()
        };
        match words {
            ["topic", "create", topic, ..] => {
                let partitions = after("--partitions").and_then(|number| number.parse().ok());
                self.topics
                    .insert((*topic).to_owned(), partitions.unwrap_or_default());
            }
            ["security", "user", "create", user, ..] => {
                self.users.insert((*user).to_owned());
            }
            ["security", "acl", "create", ..] => {
                let user = after("--allow-principal").unwrap_or_default();
                let on = after("--topic")
                    .map(|topic| What::Topic(topic.to_owned()))
                    .or_else(|| Some(What::Group(after("--group")?.to_owned())));
                for operation in after("--operation").unwrap_or_default().split(',') {
                    self.rights.extend(on.clone().map(|on| Right {
                        user: user.trim_start_matches("User:").to_owned(),
                        operation: operation.to_lowercase(),
                        on,
                    }));
                }
            }
            _ => {}
        }
    }
}

fn output(mut command: Command) -> Result<String, Trouble> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}
