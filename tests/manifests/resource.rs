//! What deploy/dapr/ declares, a file each.

use super::{APP, Files, text};
use serde_json::{Value, json};

/// One file of deploy/dapr/.
pub(super) struct Resource {
    pub(super) path: String,
    pub(super) value: Value,
}

/// What it is about.
pub(super) enum Kind<'a> {
    Subscription,
    /// The broker as this component sees it.
    Subscriber(&'a str),
    /// The broker as publishers see it.
    Publisher,
    Sweep,
    Resiliency,
    /// Where secrets are.
    Secrets,
    Unknown,
}

impl Resource {
    pub(super) fn name(&self) -> &str {
        text(&self.value["metadata"]["name"])
    }

    pub(super) fn kind(&self) -> Kind<'_> {
        match (text(&self.value["kind"]), text(&self.value["spec"]["type"])) {
            ("Subscription", _) => Kind::Subscription,
            ("Resiliency", _) => Kind::Resiliency,
            ("Component", "bindings.cron") => Kind::Sweep,
            ("Component", "secretstores.local.env") => Kind::Secrets,
            ("Component", "pubsub.kafka") => match self.name().strip_prefix("pubsub-kafka-") {
                Some(component) => Kind::Subscriber(component),
                None => Kind::Publisher,
            },
            _ => Kind::Unknown,
        }
    }

    /// A subscription as /dapr/subscribe lists it: with one route. Rules, which
    /// the list cannot hold, are left where they are, so that they differ.
    pub(super) fn as_listed(&self) -> Value {
        let mut spec = self.value["spec"].clone();
        let route = spec["routes"]["default"].clone();
        if let Some(fields) = spec.as_object_mut()
            && fields.get("routes") == Some(&json!({ "default": route }))
        {
            fields.remove("routes");
            fields.insert("route".to_owned(), route);
        }
        spec
    }

    pub(super) fn scoped_to(&self, component: &str, faults: &mut Vec<String>) {
        self.must(
            "scopes",
            &self.value["scopes"],
            json!([APP, component]),
            faults,
        );
    }

    pub(super) fn must(&self, what: &str, is: &Value, should: Value, faults: &mut Vec<String>) {
        if *is != should {
            faults.push(format!("{}: {what} must be {should}, not {is}", self.path));
        }
    }
}

/// Those among these files.
pub(super) fn resources(files: &Files, faults: &mut Vec<String>) -> Vec<Resource> {
    let mut resources = Vec::new();
    for (path, text) in files
        .iter()
        .filter(|(path, _)| path.starts_with("deploy/dapr/"))
    {
        match serde_saphyr::from_str(text) {
            Ok(value) => resources.push(Resource {
                path: path.clone(),
                value,
            }),
            Err(error) => faults.push(format!("{path}: {error}")),
        }
    }
    resources
}
