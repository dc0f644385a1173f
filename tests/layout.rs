//! Holds the directions of dependencies that ARCHITECTURE.md promises, and the
//! size of our source files and the names of our folders. And holds that mistakes
//! are found: some dependencies are planted.
//!
//! Dependencies are those that the Cargo.toml files name, of all kinds and for
//! all targets, and whatever these lead to inside the workspace.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

/// What reaches outside the process, or leads to it.
const IO: [&str; 10] = [
    "tokio",
    "spin-sdk",
    "rusqlite",
    "hyper",
    "hyper-util",
    "reqwest",
    "wasmtime",
    "duebell-store",
    "duebell-dapr",
    "duebell-edge",
];

/// The crates that are pure.
const PURE: [&str; 3] = ["duebell-tasks", "duebell-chain", "duebell-events"];

/// What the host must not know: what the app is about.
const OF_THE_APP: [&str; 6] = [
    "duebell-tasks",
    "duebell-events",
    "duebell-store",
    "duebell-publisher",
    "duebell-subscriber",
    "duebell-edge",
];

/// No faults.
const NOTHING: [String; 0] = [];

/// The most lines that a source file may have.
const MOST_LINES: usize = 500;

#[test]
fn components_depend_on_crates_and_never_on_each_other() {
    let workspace = Workspace::read();
    assert!(!workspace.inside("components").is_empty());
    assert_eq!(workspace.astray("components"), NOTHING);
}

#[test]
fn crates_know_neither_components_nor_the_host() {
    assert_eq!(Workspace::read().astray("crates"), NOTHING);
}

#[test]
fn tasks_chain_and_events_know_no_io() {
    assert_eq!(Workspace::read().impure(), NOTHING);
}

#[test]
fn the_host_does_not_know_what_it_runs() {
    assert_eq!(Workspace::read().known_to_the_host(), NOTHING);
}

#[test]
fn planted_dependencies_are_found() {
    for (from, to) in [
        ("audit-sink", "task-api"),
        ("task-api", "duebell"),
        ("duebell-service", "audit-sink"),
        ("duebell-tasks", "tokio"),
        ("duebell-events", "duebell-subscriber"),
        ("duebell", "task-api"),
        ("duebell", "duebell-publisher"),
        // On the way: the host depends on duebell-service.
        ("duebell-service", "duebell-store"),
    ] {
        let mut workspace = Workspace::read();
        let package = workspace.packages.get_mut(from).unwrap();
        package.normal.insert(to.to_owned());
        package.all.insert(to.to_owned());
        let faults = [
            workspace.astray("components"),
            workspace.astray("crates"),
            workspace.impure(),
            workspace.known_to_the_host(),
        ];
        assert_ne!(faults.concat(), NOTHING, "{from} depends on {to}");
    }
}

#[test]
fn no_source_file_is_too_long() {
    for file in files("*.rs") {
        let lines = std::fs::read_to_string(root().join(&file))
            .unwrap()
            .lines()
            .count();
        assert!(
            lines <= MOST_LINES,
            "{} has {lines} lines; {MOST_LINES} are the most: it is two things",
            file.display()
        );
    }
}

#[test]
fn no_folder_is_named_after_nothing() {
    for file in files("*") {
        for folder in file.parent().unwrap().iter() {
            assert!(
                folder != "common" && folder != "utils",
                "{}: name the folder after what is in it",
                file.display()
            );
        }
    }
}

/// The packages of the workspace by name.
struct Workspace {
    packages: BTreeMap<String, Package>,
}

struct Package {
    /// From the root.
    folder: PathBuf,
    /// What it needs to run, on any target.
    normal: BTreeSet<String>,
    /// What it needs to run, to be built and to be tested.
    all: BTreeSet<String>,
}

impl Workspace {
    fn read() -> Self {
        let text = output(
            env!("CARGO"),
            &[
                "metadata",
                "--no-deps",
                "--offline",
                "--format-version",
                "1",
            ],
        );
        let metadata: Value = serde_json::from_str(&text).unwrap();
        let packages = list(&metadata["packages"]).map(|package| {
            let manifest = Path::new(package["manifest_path"].as_str().unwrap());
            let folder = manifest.parent().unwrap().strip_prefix(root()).unwrap();
            let needed = |normal: bool| {
                list(&package["dependencies"])
                    .filter(|dependency| !normal || dependency["kind"].is_null())
                    .map(name)
                    .collect()
            };
            let read = Package {
                folder: folder.to_owned(),
                normal: needed(true),
                all: needed(false),
            };
            (name(package), read)
        });
        Self {
            packages: packages.collect(),
        }
    }

    /// The packages in this folder.
    fn inside(&self, folder: &str) -> Vec<&str> {
        let packages = self.packages.iter();
        packages
            .filter(|(_, package)| package.folder.starts_with(folder))
            .map(|(id, _)| id.as_str())
            .collect()
    }

    /// What the packages in this folder depend on in the workspace outside
    /// crates/.
    fn astray(&self, folder: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (id, package) in &self.packages {
            let strays = package
                .all
                .iter()
                .filter_map(|needed| self.packages.get_key_value(needed))
                .filter(|(_, needed)| !needed.folder.starts_with("crates"));
            if package.folder.starts_with(folder) {
                faults.extend(strays.map(|(needed, _)| format!("{id} depends on {needed}")));
            }
        }
        faults
    }

    /// How pure crates lead to what is not.
    fn impure(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for id in PURE {
            let reached = self.reached(id, |package| &package.normal);
            let io = IO.iter().filter(|io| reached.contains(**io));
            faults.extend(io.map(|io| format!("{id} leads to {io}")));
        }
        faults
    }

    /// What the host leads to and must not know.
    fn known_to_the_host(&self) -> Vec<String> {
        let reached = self.reached("duebell", |package| &package.all);
        let mut strangers = self.inside("components");
        strangers.extend(OF_THE_APP);
        strangers.retain(|stranger| reached.contains(stranger));
        strangers
            .into_iter()
            .map(|stranger| format!("the host leads to {stranger}"))
            .collect()
    }

    /// What the package depends on, and what these depend on to run, as far as
    /// they are the workspace's.
    fn reached<'a>(
        &'a self,
        id: &str,
        first: impl Fn(&'a Package) -> &'a BTreeSet<String>,
    ) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = first(&self.packages[id])
            .iter()
            .map(String::as_str)
            .collect();
        while let Some(id) = open.pop() {
            if reached.insert(id)
                && let Some(package) = self.packages.get(id)
            {
                open.extend(package.normal.iter().map(String::as_str));
            }
        }
        reached
    }
}

/// Our files of this pattern, from the root: those that git has or would take.
fn files(pattern: &str) -> Vec<PathBuf> {
    let listed = output(
        "git",
        &[
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            pattern,
        ],
    );
    let files: Vec<PathBuf> = listed
        .lines()
        .map(PathBuf::from)
        .filter(|file| root().join(file).exists())
        .collect();
    assert!(
        files.contains(&PathBuf::from("host/src/lib.rs")),
        "git lists {} files",
        files.len()
    );
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

fn name(value: &Value) -> String {
    value["name"].as_str().unwrap().to_owned()
}
