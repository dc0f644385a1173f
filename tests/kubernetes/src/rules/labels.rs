//! Labels, and what selects by them.

use crate::{Finding, Overlay, Project, Resource, Rule, json::Json};
use serde_json::Value;
use std::collections::BTreeMap;

/// The labels of pods.
pub(super) type Labels = BTreeMap<String, String>;

/// The pods that an overlay leads to, by what makes them. SpinKube and Strimzi add labels
/// of their own.
pub(super) fn pods(overlay: &Overlay) -> Vec<(&Resource, Labels)> {
    let mut pods = Vec::new();
    for resource in &overlay.resources {
        let labels = match resource.kind() {
            "SpinApp" => {
                let mut labels = resource.value.labels("/spec/podLabels");
                let name = resource.name().to_owned();
                labels.insert("core.spinkube.dev/app-name".to_owned(), name);
                labels
            }
            "StatefulSet" => resource.value.labels("/spec/template/metadata/labels"),
            "KafkaNodePool" => resource.value.labels("/metadata/labels"),
            _ => continue,
        };
        pods.push((resource, labels));
    }
    pods
}

/// Whether a selector takes a pod with these labels. An empty one takes all.
pub(super) fn selects(selector: &Value, labels: &Labels) -> bool {
    let wanted = if selector.get("matchLabels").is_some() {
        selector.labels("/matchLabels")
    } else {
        selector.labels("")
    };
    wanted
        .iter()
        .all(|(name, value)| labels.get(name) == Some(value))
}

pub(super) fn check(_: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    let pods = pods(overlay);
    for resource in &overlay.resources {
        for selector in selectors(resource) {
            if !pods.iter().any(|(_, labels)| selects(selector, labels)) {
                findings.push(resource.finding(
                    Rule::Labels,
                    format!("no pod has the labels {selector}"),
                    "select by labels that pods have",
                ));
            }
        }
        if resource.kind() == "StatefulSet" {
            let own = resource.value.labels("/spec/template/metadata/labels");
            if !selects(resource.value.at("/spec/selector"), &own) {
                findings.push(resource.finding(
                    Rule::Labels,
                    "it does not select its own pods".to_owned(),
                    "give spec.selector and the template the same labels",
                ));
            }
        }
        if resource.kind() == "SpinApp" {
            name(overlay, resource, &mut findings);
        }
    }
    disruptions(overlay, &pods, &mut findings);
    findings
}

/// What selects pods of this namespace.
fn selectors(resource: &Resource) -> Vec<&Value> {
    let value = &resource.value;
    match resource.kind() {
        "Service" => vec![value.at("/spec/selector")],
        "PodDisruptionBudget" => vec![value.at("/spec/selector")],
        "NetworkPolicy" => {
            let rules = value
                .list("/spec/ingress")
                .iter()
                .map(|rule| rule.list("/from"));
            let others = value
                .list("/spec/egress")
                .iter()
                .map(|rule| rule.list("/to"));
            let peers = rules.chain(others).flatten();
            let near = peers.filter(|peer| peer.get("namespaceSelector").is_none());
            let near = near.filter_map(|peer| peer.get("podSelector"));
            near.chain([value.at("/spec/podSelector")]).collect()
        }
        _ => Vec::new(),
    }
}

/// A SpinApp's pods are named after it, and are the app's.
fn name(overlay: &Overlay, app: &Resource, findings: &mut Vec<Finding>) {
    let labels = app.value.labels("/spec/podLabels");
    let named = labels.get("app.kubernetes.io/name").map(String::as_str);
    let same = |other: &&Resource| {
        other.name() != app.name()
            && other.value.text("/spec/podLabels/app.kubernetes.io~1name") == app.name()
    };
    if named != Some(app.name()) || overlay.kind("SpinApp").any(|other| same(&other)) {
        findings.push(app.finding(
            Rule::Labels,
            format!("its pods are named {named:?}"),
            "let podLabels' app.kubernetes.io/name be its own name",
        ));
    }
}

/// Each SpinApp has a budget of its own, which leaves some of its pods.
fn disruptions(overlay: &Overlay, pods: &[(&Resource, Labels)], findings: &mut Vec<Finding>) {
    for budget in overlay.kind("PodDisruptionBudget") {
        let selector = budget.value.at("/spec/selector");
        let held = pods.iter().filter(|(_, labels)| selects(selector, labels));
        if held.count() > 1 {
            findings.push(budget.finding(
                Rule::Disruption,
                "it counts the pods of several apps together".to_owned(),
                "give each a budget of its own",
            ));
        }
        if budget.value.at("/spec/maxUnavailable") != &Value::from(1) {
            findings.push(budget.finding(
                Rule::Disruption,
                "it does not say maxUnavailable: 1".to_owned(),
                "with minAvailable, the only pod of an app could never be moved",
            ));
        }
    }
    for (app, labels) in pods.iter().filter(|(app, _)| app.kind() == "SpinApp") {
        let held = overlay
            .kind("PodDisruptionBudget")
            .filter(|budget| selects(budget.value.at("/spec/selector"), labels));
        if held.count() != 1 {
            findings.push(app.finding(
                Rule::Disruption,
                "it does not have exactly one PodDisruptionBudget".to_owned(),
                "add one that selects its pods",
            ));
        }
    }
}
