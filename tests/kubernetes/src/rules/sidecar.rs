//! Dapr's resources are those of deploy/dapr: the same subscriptions, sweeps and policies,
//! on routes that there are, for app-ids that there are.

use super::apps::components;
use crate::{Finding, Overlay, Project, Resource, Rule, json::Json};
use serde_json::{Value, json};

/// What may differ of a pubsub component's metadata: the broker, and how one logs in.
/// `login` and `broker` hold these.
const OF_THE_BROKER: [&str; 8] = [
    "brokers",
    "authType",
    "saslUsername",
    "saslPassword",
    "saslMechanism",
    "disableTls",
    "skipVerify",
    "caCert",
];

/// Whether one of these components has events, sweeps or jobs delivered, or calls the
/// sidecar.
pub(super) fn is_needed(project: &Project, components: &[&str]) -> bool {
    let scoped = project.dapr.iter().any(|resource| {
        resource
            .texts("/scopes")
            .iter()
            .any(|scope| components.contains(scope))
    });
    let calls = components
        .iter()
        .filter_map(|id| project.spin.components.get(*id))
        .any(|component| component.reads.contains("dapr_url"));
    scoped || calls
}

pub(super) fn check(project: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    same(project, overlay, &mut findings);
    let mut subscribed = Vec::new();
    for resource in &overlay.resources {
        scopes(project, overlay, resource, &mut findings);
        if resource.kind() == "Subscription" {
            subscribed.push(listed(&resource.value));
            route(
                project,
                resource,
                resource.value.text("/spec/routes/default"),
                &mut findings,
            );
        }
        if resource.value.text("/spec/type") == "bindings.cron" {
            route(
                project,
                resource,
                &format!("/{}", resource.name()),
                &mut findings,
            );
        }
    }
    // What the whole app answers at /dapr/subscribe, and parts of it cannot.
    for item in &project.spin.subscribed {
        if !subscribed.contains(item) {
            findings.push(overlay.finding(
                Rule::Routes,
                format!("no Subscription says what /dapr/subscribe says: {item}"),
                "a SpinApp with `components` has no static response: add the Subscription",
            ));
        }
    }
    for item in &subscribed {
        if !project.spin.subscribed.contains(item) {
            findings.push(overlay.finding(
                Rule::Routes,
                format!("/dapr/subscribe does not say what a Subscription says: {item}"),
                "let spin.toml and deploy/dapr say the same",
            ));
        }
    }
    jobs(project, overlay, &mut findings);
    findings
}

/// A subscription as /dapr/subscribe has it.
fn listed(subscription: &Value) -> Value {
    let mut spec = subscription.at("/spec").clone();
    let route = spec.at("/routes/default").clone();
    if spec.at("/routes") == &json!({ "default": route })
        && let Some(fields) = spec.as_object_mut()
    {
        fields.remove("routes");
        fields.insert("route".to_owned(), route);
    }
    spec
}

/// Every resource of deploy/dapr is there, and differs in nothing but the broker.
fn same(project: &Project, overlay: &Overlay, findings: &mut Vec<Finding>) {
    let stays = |resource: &&Value| resource.text("/spec/type") != "secretstores.local.env";
    for source in project.dapr.iter().filter(stays) {
        let (kind, name) = (source.text("/kind"), source.text("/metadata/name"));
        let Some(built) = overlay.get(kind, name) else {
            findings.push(overlay.finding(
                Rule::Sidecar,
                format!("the {kind} {name} of deploy/dapr is not there"),
                "list its file in deploy/dapr/Kustomization",
            ));
            continue;
        };
        if stripped(source) != stripped(&built.value) {
            findings.push(built.finding(
                Rule::Sidecar,
                "it differs from deploy/dapr in more than the broker".to_owned(),
                "change deploy/dapr, or nothing",
            ));
        }
    }
    for built in overlay.resources.iter().filter(|resource| {
        resource.api().starts_with("dapr.io/") && resource.kind() != "Configuration"
    }) {
        let is_known = project.dapr.iter().any(|source| {
            source.text("/kind") == built.kind() && source.text("/metadata/name") == built.name()
        });
        if !is_known {
            findings.push(built.finding(
                Rule::Sidecar,
                "deploy/dapr does not have it".to_owned(),
                "put it there, for `duebell up` as well",
            ));
        }
    }
}

/// Without the namespace and what is the broker's.
fn stripped(resource: &Value) -> Value {
    let mut resource = resource.clone();
    if let Some(fields) = resource
        .pointer_mut("/metadata")
        .and_then(Value::as_object_mut)
    {
        fields.remove("namespace");
    }
    if resource.text("/spec/type") == "pubsub.kafka" {
        if let Some(fields) = resource.as_object_mut() {
            fields.remove("auth");
        }
        if let Some(fields) = resource
            .pointer_mut("/spec/metadata")
            .and_then(Value::as_array_mut)
        {
            fields.retain(|field| !OF_THE_BROKER.contains(&field.text("/name")));
        }
    }
    resource
}

/// Scopes are the app's name and components; in one SpinApp the former is used, in parts
/// the latter.
fn scopes(project: &Project, overlay: &Overlay, resource: &Resource, findings: &mut Vec<Finding>) {
    if !resource.api().starts_with("dapr.io/") || resource.kind() == "Configuration" {
        return;
    }
    let scopes = resource.value.texts("/scopes");
    if !scopes.contains(&project.spin.name.as_str()) {
        findings.push(resource.finding(
            Rule::Scopes,
            format!(
                "its scopes {scopes:?} lack {}, the app as one",
                project.spin.name
            ),
            "add it in deploy/dapr",
        ));
    }
    for scope in scopes {
        let is_app = scope == project.spin.name || project.spin.components.contains_key(scope);
        let is_here = scope == project.spin.name
            || !overlay.is_split()
            || overlay.get("SpinApp", scope).is_some();
        if !is_app || !is_here {
            findings.push(resource.finding(
                Rule::Scopes,
                format!("its scope {scope} is no app-id"),
                "name components, and the app",
            ));
        }
    }
}

/// A sidecar calls only what its own app has.
fn route(project: &Project, resource: &Resource, route: &str, findings: &mut Vec<Finding>) {
    let scopes = resource.value.texts("/scopes");
    match project.spin.owner(route) {
        None => findings.push(resource.finding(
            Rule::Routes,
            format!("spin.toml has no trigger for {route}"),
            "add the trigger, or name a route that there is",
        )),
        Some(owner) if !scopes.contains(&owner) => findings.push(resource.finding(
            Rule::Scopes,
            format!("{route} is {owner}'s, which its scopes {scopes:?} lack"),
            "add it in deploy/dapr",
        )),
        Some(owner) => {
            let strangers = |scope: &&str| *scope != owner && *scope != project.spin.name;
            if let Some(stranger) = scopes.iter().copied().find(strangers) {
                findings.push(resource.finding(
                    Rule::Scopes,
                    format!("{route} is {owner}'s, and {stranger} would get what goes there"),
                    "leave it out in deploy/dapr",
                ));
            }
        }
    }
}

/// Jobs come back to the app-id that made them, which has to have the route.
fn jobs(project: &Project, overlay: &Overlay, findings: &mut Vec<Finding>) {
    let Some(owner) = project.spin.owner("/job/any") else {
        findings.push(overlay.finding(
            Rule::Routes,
            "spin.toml has no trigger for /job/…".to_owned(),
            "the scheduler calls there",
        ));
        return;
    };
    let has_one = overlay
        .kind("SpinApp")
        .any(|app| components(project, app).contains(&owner));
    if !has_one {
        findings.push(overlay.finding(
            Rule::Routes,
            format!("no SpinApp has {owner}, whom the scheduler calls"),
            "add it",
        ));
    }
    let allowed = overlay.kind("Configuration").flat_map(|configuration| {
        configuration
            .value
            .list("/spec/api/allowed")
            .iter()
            .map(|rule| {
                (
                    rule.text("/version"),
                    rule.text("/name"),
                    rule.text("/protocol"),
                )
            })
    });
    let allowed: Vec<_> = allowed.collect();
    for needed in ["publish", "jobs"] {
        if !allowed.is_empty() && !allowed.contains(&("v1", needed, "http")) {
            findings.push(overlay.finding(
                Rule::Routes,
                format!("Dapr's Configuration does not allow {needed}, which components call"),
                "add it to spec.api.allowed",
            ));
        }
    }
}
