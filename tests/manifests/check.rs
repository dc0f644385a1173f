//! What the manifests must agree on, as a function of their texts.

mod resource;

use resource::{Kind, Resource, resources};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The app's id for Dapr, while all components are one app.
const APP: &str = "duebell";

/// The component that consumes every dead-letter topic, and has none itself.
const DEAD_LETTERS: &str = "dead-letters";

/// Texts by path, from the root.
pub(crate) type Files = BTreeMap<String, String>;

/// All that is wrong, a sentence each.
pub(crate) fn check(files: &Files) -> Vec<String> {
    let mut faults = Vec::new();
    let spin = toml(files, "spin.toml", &mut faults);
    let runtime = toml(files, "runtime-config.toml", &mut faults);
    let resources = resources(files, &mut faults);
    let all = All { spin, resources };
    all.subscriptions(&mut faults);
    for resource in &all.resources {
        match resource.kind() {
            Kind::Subscription => all.subscription(resource, &mut faults),
            Kind::Subscriber(component) => {
                all.subscriber(resource, component, &mut faults);
                all.secrets(resource, &mut faults);
            }
            Kind::Sweep => all.sweep(resource, &mut faults),
            Kind::Publisher => all.secrets(resource, &mut faults),
            Kind::Resiliency | Kind::Secrets => {}
            Kind::Unknown => faults.push(format!("{}: this kind cannot be checked", resource.path)),
        }
    }
    all.sweep_routes(&mut faults);
    all.components(&runtime, &mut faults);
    faults
}

struct All {
    spin: Value,
    resources: Vec<Resource>,
}

/// What an answer tells browsers.
const PROTECTING: [&str; 4] = [
    "cache-control",
    "content-security-policy",
    "referrer-policy",
    "x-content-type-options",
];

impl All {
    /// The two lists of subscriptions are one.
    fn subscriptions(&self, faults: &mut Vec<String>) {
        let served = self
            .triggers()
            .find(|trigger| trigger["route"] == "/dapr/subscribe");
        // Spin answers it, so that no component protects it as it does all other answers.
        for header in PROTECTING {
            let value = served.map(|trigger| &trigger["static_response"]["headers"][header]);
            if value.is_none_or(|value| !value.is_string()) {
                faults.push(format!("spin.toml: /dapr/subscribe has no {header}"));
            }
        }
        let body = served.and_then(|trigger| trigger["static_response"]["body"].as_str());
        let Some(body) = body else {
            faults.push("spin.toml: there is no static response for /dapr/subscribe".to_owned());
            return;
        };
        let listed: Vec<Value> = match serde_json::from_str(body) {
            Ok(listed) => listed,
            Err(error) => {
                faults.push(format!(
                    "spin.toml: the body of /dapr/subscribe is no list: {error}"
                ));
                return;
            }
        };
        let mut declared: Vec<(&str, Value)> = self
            .resources
            .iter()
            .filter(|resource| matches!(resource.kind(), Kind::Subscription))
            .map(|resource| (resource.path.as_str(), resource.as_listed()))
            .collect();
        for item in listed {
            match declared.iter().position(|(_, value)| *value == item) {
                Some(at) => {
                    declared.swap_remove(at);
                }
                None => faults.push(format!("spin.toml: no subscription-*.yaml says {item}")),
            }
        }
        for (path, value) in declared {
            faults.push(format!(
                "{path}: /dapr/subscribe in spin.toml does not list {value}"
            ));
        }
    }

    fn subscription(&self, resource: &Resource, faults: &mut Vec<String>) {
        let spec = &resource.value["spec"];
        let route = text(&spec["routes"]["default"]);
        let parts: Vec<&str> = route.split('/').collect();
        let ["", "events", component, topic] = *parts else {
            faults.push(format!(
                "{}: the route {route} is not /events/<component>/<topic>",
                resource.path
            ));
            return;
        };
        match self.answers(route) {
            None => faults.push(format!(
                "{}: no component answers {route} in spin.toml",
                resource.path
            )),
            Some(other) if other != component => {
                faults.push(format!(
                    "{}: {route} is answered by {other} in spin.toml",
                    resource.path
                ));
            }
            Some(_) => {}
        }
        let pubsub = format!("pubsub-kafka-{component}");
        resource.must("topic", &spec["topic"], json!(topic), faults);
        resource.must("pubsubname", &spec["pubsubname"], json!(pubsub), faults);
        let (letters, raw) = if component == DEAD_LETTERS {
            (Value::Null, json!("true"))
        } else {
            self.letters_are_kept(resource, component, faults);
            (json!(format!("{component}-dlq")), Value::Null)
        };
        resource.must("deadLetterTopic", &spec["deadLetterTopic"], letters, faults);
        resource.must("rawPayload", &spec["metadata"]["rawPayload"], raw, faults);
        resource.scoped_to(component, faults);
        if !self
            .resources
            .iter()
            .any(|resource| resource.name() == pubsub)
        {
            faults.push(format!("{}: there is no component {pubsub}", resource.path));
        }
    }

    /// What a subscriber gives up comes to dead-letters.
    fn letters_are_kept(&self, resource: &Resource, component: &str, faults: &mut Vec<String>) {
        let route = format!("/events/{DEAD_LETTERS}/{component}-dlq");
        let takes = |other: &Resource| other.value["spec"]["routes"]["default"] == *route;
        if !self.resources.iter().any(takes) {
            faults.push(format!(
                "{}: no subscription brings {component}-dlq to {DEAD_LETTERS}",
                resource.path
            ));
        }
    }

    fn subscriber(&self, resource: &Resource, component: &str, faults: &mut Vec<String>) {
        if self.spin["component"][component].is_null() {
            faults.push(format!(
                "{}: spin.toml has no component {component}",
                resource.path
            ));
        }
        let metadata = |name: &str| {
            let items = list(&resource.value["spec"]["metadata"]);
            items
                .filter(|item| item["name"] == name)
                .map(|item| item["value"].clone())
                .collect()
        };
        let dead_letters = if component == DEAD_LETTERS {
            format!("{APP}=;{component}=")
        } else {
            format!("{APP}={component}-dlq;{component}={component}-dlq")
        };
        for (name, value) in [
            ("consumerGroup", component),
            ("initialOffset", "oldest"),
            ("publishingScopes", &dead_letters),
        ] {
            resource.must(name, &Value::Array(metadata(name)), json!([value]), faults);
        }
        resource.scoped_to(component, faults);

        let resiliency = self
            .resources
            .iter()
            .find(|resource| matches!(resource.kind(), Kind::Resiliency));
        let null = Value::Null;
        let spec = resiliency.map_or(&null, |resiliency| &resiliency.value["spec"]);
        let policy = text(&spec["targets"]["components"][resource.name()]["inbound"]["retry"]);
        if spec["policies"]["retries"][policy].is_null() {
            faults.push(format!(
                "resiliency.yaml: {} has no inbound retry",
                resource.name()
            ));
        }
        let scopes = resiliency.map_or(&null, |resiliency| &resiliency.value["scopes"]);
        if !list(scopes).any(|scope| scope == component) || !list(scopes).any(|scope| scope == APP)
        {
            faults.push(format!(
                "resiliency.yaml: scopes must hold {APP} and {component}"
            ));
        }
    }

    /// Dapr posts to the binding's name.
    /// A login is a reference, and the store that it refers to is there.
    fn secrets(&self, resource: &Resource, faults: &mut Vec<String>) {
        for item in list(&resource.value["spec"]["metadata"]) {
            let name = text(&item["name"]);
            let is_secret = ["saslUsername", "saslPassword"].contains(&name);
            if is_secret && item["secretKeyRef"]["name"].is_null() {
                faults.push(format!("{}: {name} must be a secretKeyRef", resource.path));
            }
        }
        let store = text(&resource.value["auth"]["secretStore"]);
        let is_there =
            |other: &Resource| matches!(other.kind(), Kind::Secrets) && other.name() == store;
        if !self.resources.iter().any(is_there) {
            faults.push(format!(
                "{}: there is no secret store {store:?}",
                resource.path
            ));
        }
    }

    fn sweep(&self, resource: &Resource, faults: &mut Vec<String>) {
        let route = format!("/{}", resource.name());
        match self.answers(&route) {
            None => faults.push(format!(
                "{}: no component answers {route} in spin.toml",
                resource.path
            )),
            Some(component) => {
                let name = format!("sweep-{component}");
                resource.must("name", &json!(resource.name()), json!(name), faults);
                resource.scoped_to(component, faults);
            }
        }
    }

    fn sweep_routes(&self, faults: &mut Vec<String>) {
        for name in self
            .triggers()
            .filter_map(|trigger| trigger["route"].as_str()?.strip_prefix('/'))
        {
            let known = |resource: &Resource| {
                matches!(resource.kind(), Kind::Sweep) && resource.name() == name
            };
            if name.starts_with("sweep-") && !self.resources.iter().any(known) {
                faults.push(format!("spin.toml: deploy/dapr has no binding {name}"));
            }
        }
    }

    /// What components are given exists.
    fn components(&self, runtime: &Value, faults: &mut Vec<String>) {
        for (id, component) in fields(&self.spin["component"]) {
            for label in list(&component["sqlite_databases"]).map(text) {
                if runtime["sqlite_database"][label].is_null() {
                    faults.push(format!(
                        "{id}: runtime-config.toml has no database `{label}`"
                    ));
                }
            }
            let values = fields(&component["variables"]).map(|(_, value)| value);
            for template in values
                .chain(list(&component["allowed_outbound_hosts"]))
                .map(text)
            {
                for part in template.split("{{").skip(1) {
                    let name = part.split("}}").next().unwrap_or_default().trim();
                    if self.spin["variables"][name].is_null() {
                        faults.push(format!("{id}: spin.toml has no variable `{name}`"));
                    }
                }
            }
        }
    }

    /// The component that answers this path: the longest route wins, and an exact
    /// one before a wildcard.
    fn answers(&self, path: &str) -> Option<&str> {
        let matching = self.triggers().filter_map(|trigger| {
            let route = trigger["route"].as_str()?;
            let rank = match route.strip_suffix("/...") {
                Some(start) => {
                    let rest = path.strip_prefix(start)?;
                    (rest.is_empty() || rest.starts_with('/')).then_some((start.len(), false))?
                }
                None => (route == path).then_some((route.len(), true))?,
            };
            Some((rank, trigger["component"].as_str()))
        });
        matching.max_by_key(|(rank, _)| *rank)?.1
    }

    fn triggers(&self) -> impl Iterator<Item = &Value> {
        list(&self.spin["trigger"]["http"])
    }
}

fn toml(files: &Files, path: &str, faults: &mut Vec<String>) -> Value {
    let Some(text) = files.get(path) else {
        faults.push(format!("{path} is missing"));
        return Value::Null;
    };
    toml::from_str(text).unwrap_or_else(|error| {
        faults.push(format!("{path}: {error}"));
        Value::Null
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
