//! What kustomize makes of a folder.

use crate::{
    Finding, Rule, Trouble,
    json::{Json, documents},
};
use serde_json::Value;

/// One resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The folder that it was built from.
    folder: String,
    /// All of it.
    pub(crate) value: Value,
}

impl Resource {
    /// `apiVersion`.
    pub(crate) fn api(&self) -> &str {
        self.value.text("/apiVersion")
    }

    /// `kind`.
    pub(crate) fn kind(&self) -> &str {
        self.value.text("/kind")
    }

    /// `metadata.name`.
    pub(crate) fn name(&self) -> &str {
        self.value.text("/metadata/name")
    }

    /// Where a finding of it is.
    pub(crate) fn place(&self) -> String {
        format!("{}: {} {}", self.folder, self.kind(), self.name())
    }

    /// A finding of it.
    pub(crate) fn finding(&self, rule: Rule, what: String, remedy: &str) -> Finding {
        Finding {
            rule,
            place: self.place(),
            what,
            remedy: remedy.to_owned(),
        }
    }
}

/// The resources in what kustomize printed.
pub(crate) fn resources(folder: &str, text: &str) -> Result<Vec<Resource>, Trouble> {
    let folder = folder.trim_start_matches("deploy/kubernetes/").to_owned();
    let documents = documents(&folder, text)?;
    let resource = |value| Resource {
        folder: folder.clone(),
        value,
    };
    Ok(documents.into_iter().map(resource).collect())
}

/// What somebody applies to a cluster.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// `local` or `production`: whose secrets it has.
    pub(crate) environment: &'static str,
    /// `one` or `split`.
    pub(crate) form: &'static str,
    /// In the order in which they are applied.
    pub(crate) resources: Vec<Resource>,
}

impl Overlay {
    /// One that is not built yet.
    pub(crate) fn of(environment: &'static str, form: &'static str) -> Self {
        Self {
            environment,
            form,
            resources: Vec::new(),
        }
    }

    /// Its folder, from the project's root.
    pub(crate) fn folder(&self) -> String {
        format!(
            "deploy/kubernetes/overlays/{}/{}",
            self.environment, self.form
        )
    }

    /// Whether each component is a SpinApp.
    pub(crate) fn is_split(&self) -> bool {
        self.form == "split"
    }

    /// The same one, with these resources.
    pub(crate) fn with(&self, resources: Vec<Resource>) -> Self {
        Self {
            resources,
            ..self.clone()
        }
    }

    /// Those of a kind. (Dapr's `Component` is the only one of this name here.)
    pub(crate) fn kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.resources
            .iter()
            .filter(move |resource| resource.kind() == kind)
    }

    /// The one of this kind and name.
    pub(crate) fn get(&self, kind: &str, name: &str) -> Option<&Resource> {
        self.resources
            .iter()
            .find(|resource| resource.kind() == kind && resource.name() == name)
    }

    /// A finding of the whole.
    pub(crate) fn finding(&self, rule: Rule, what: String, remedy: &str) -> Finding {
        Finding {
            rule,
            place: format!("overlays/{}/{}", self.environment, self.form),
            what,
            remedy: remedy.to_owned(),
        }
    }

    /// What the overlay's settings say of this.
    pub(crate) fn setting(&self, key: &str) -> &str {
        self.get("ConfigMap", "settings")
            .and_then(|settings| settings.value.at("/data").get(key))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}
