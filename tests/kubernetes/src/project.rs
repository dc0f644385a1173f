//! The files that are held against each other.

use crate::{
    Trouble,
    json::documents,
    overlay::Overlay,
    scripts::{Rpk, Secrets},
    spin::Spin,
};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A project's folder, read.
#[derive(Debug)]
pub struct Project {
    root: PathBuf,
    /// Which overlay to look at, if not at all of them.
    only: Option<&'static str>,
    pub(crate) spin: Spin,
    /// deploy/dapr, a file each.
    pub(crate) dapr: Vec<Value>,
    /// What `secrets.sh` makes.
    pub(crate) local: Secrets,
    pub(crate) production: Secrets,
    /// What the script for Redpanda makes.
    pub(crate) rpk: Rpk,
    /// deploy/postgres/roles.sql.
    pub(crate) roles: String,
    /// The configuration for Prometheus.
    pub(crate) prometheus: Value,
}

/// Folders that build by themselves, beside the overlays.
const BASES: [&str; 9] = [
    "deploy/dapr",
    "deploy/postgres",
    "deploy/kubernetes/base",
    "deploy/kubernetes/apps/one",
    "deploy/kubernetes/apps/split",
    "deploy/kubernetes/executors/spin",
    "deploy/kubernetes/executors/shim",
    "deploy/kubernetes/kafka/strimzi",
    "deploy/kubernetes/postgres",
];

impl Project {
    /// Reads the project in this folder. Its scripts are run, with what they would change
    /// out of their reach.
    ///
    /// # Errors
    /// If something is not there or cannot be read.
    pub fn read(root: &Path) -> Result<Self, Trouble> {
        let text = |path: &str| {
            std::fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))
        };
        let mut files = Vec::new();
        let listing = std::fs::read_dir(root.join("deploy/dapr"))
            .map_err(|error| format!("deploy/dapr: {error}"))?;
        for entry in listing {
            let name = entry
                .map_err(|error| format!("deploy/dapr: {error}"))?
                .file_name();
            let name = name.to_string_lossy();
            if name.ends_with(".yaml") {
                files.push(format!("deploy/dapr/{name}"));
            }
        }
        files.sort();
        let mut dapr = Vec::new();
        for file in files {
            dapr.extend(documents(&file, &text(&file)?)?);
        }
        let prometheus = "deploy/kubernetes/monitoring/prometheus.yaml";
        Ok(Self {
            spin: Spin::read(&text("spin.toml")?)?,
            dapr,
            local: Secrets::made(root, "local")?,
            production: Secrets::made(root, "production")?,
            rpk: Rpk::told(root)?,
            roles: text("deploy/postgres/roles.sql")?,
            prometheus: documents(prometheus, &text(prometheus)?)?
                .into_iter()
                .next()
                .unwrap_or_default(),
            root: root.to_owned(),
            only: None,
        })
    }

    /// Looks at one overlay alone (`local/one`), and at no base by itself.
    #[must_use]
    pub fn only(self, overlay: &'static str) -> Self {
        Self {
            only: Some(overlay),
            ..self
        }
    }

    /// A path of it.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The folders that build by themselves.
    pub(crate) fn bases(&self) -> impl Iterator<Item = &'static str> {
        BASES.into_iter().filter(|_| self.only.is_none())
    }

    /// What somebody applies to a cluster.
    pub(crate) fn overlays(&self) -> impl Iterator<Item = Overlay> {
        [
            Overlay::of("local", "one"),
            Overlay::of("local", "split"),
            Overlay::of("production", "one"),
            Overlay::of("production", "split"),
        ]
        .into_iter()
        .filter(|overlay| {
            self.only
                .is_none_or(|only| overlay.folder().ends_with(only))
        })
    }

    /// The secrets that an overlay's cluster has from `secrets.sh`.
    pub(crate) fn secrets(&self, overlay: &Overlay) -> &Secrets {
        match overlay.environment {
            "local" => &self.local,
            _ => &self.production,
        }
    }
}
