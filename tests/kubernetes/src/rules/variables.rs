//! The SpinApps' variables are those of spin.toml.

use super::apps::components;
use crate::{Finding, Overlay, Project, Resource, Rule, json::Json};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(project: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    for app in overlay.kind("SpinApp") {
        let mine = components(project, app);
        let read: BTreeSet<&str> = mine
            .iter()
            .filter_map(|id| project.spin.components.get(*id))
            .flat_map(|component| component.reads.iter().map(String::as_str))
            .collect();
        let mut given: BTreeMap<&str, &Value> = BTreeMap::new();
        for variable in app.value.list("/spec/variables") {
            let name = variable.text("/name");
            if given.insert(name, variable).is_some() {
                findings.push(app.finding(
                    Rule::Variables,
                    format!("{name} is set twice"),
                    "leave one out",
                ));
            }
            one(project, app, &read, variable, &mut findings);
        }
        for name in &read {
            if !given.contains_key(name)
                && let Some(why) = wanted(project, overlay, &mine, name)
            {
                findings.push(app.finding(
                    Rule::Variables,
                    format!("{name} is not set: {why}"),
                    "set it in spec.variables",
                ));
            }
        }
        addresses(project, overlay, app, &given, &mut findings);
    }
    keys(overlay, &mut findings);
    findings
}

/// A variable is one of spin.toml, is read, and comes from where it should.
fn one(
    project: &Project,
    app: &Resource,
    read: &BTreeSet<&str>,
    variable: &Value,
    findings: &mut Vec<Finding>,
) {
    let name = variable.text("/name");
    let Some(known) = project.spin.variables.get(name) else {
        findings.push(app.finding(
            Rule::Variables,
            format!("spin.toml has no variable {name}"),
            "name one that it has",
        ));
        return;
    };
    if !read.contains(name) {
        findings.push(app.finding(
            Rule::Variables,
            format!("{name} is read by none of its components"),
            "leave it out: who does not have it cannot lose it",
        ));
    }
    let from = variable.at("/valueFrom");
    let is_secret = from.get("secretKeyRef").is_some();
    let is_plain = variable.get("value").is_some() || from.get("configMapKeyRef").is_some();
    if known.secret && !is_secret {
        findings.push(app.finding(
            Rule::Secrets,
            format!("{name} is a secret, and does not come from one"),
            "set it by valueFrom.secretKeyRef",
        ));
    }
    if !is_secret && !is_plain {
        findings.push(app.finding(
            Rule::Variables,
            format!("{name} has no value"),
            "set it by value, or by valueFrom",
        ));
    }
}

/// Why a variable has to be set, if it has to.
fn wanted(project: &Project, overlay: &Overlay, mine: &[&str], name: &str) -> Option<String> {
    let known = project.spin.variables.get(name)?;
    let is_database = mine
        .iter()
        .filter_map(|id| project.spin.components.get(*id)?.database.as_deref())
        .any(|database| database == name);
    if known.required {
        Some("it is required".to_owned())
    } else if is_database || name == "postgres_origin" {
        Some("SQLite in a pod goes with it".to_owned())
    } else if name == "rate_limit" || name == "jwt_secret" || name == "dapr_api_token" {
        Some("the default is for one machine".to_owned())
    } else if overlay.is_split()
        && let Some(other) = project.spin.chained(name)
    {
        Some(format!("{other} is in another SpinApp"))
    } else {
        None
    }
}

/// Components reach each other where they are.
fn addresses(
    project: &Project,
    overlay: &Overlay,
    app: &Resource,
    given: &BTreeMap<&str, &Value>,
    findings: &mut Vec<Finding>,
) {
    for (name, variable) in given {
        let Some(component) = project.spin.chained(name) else {
            continue;
        };
        let address = variable.text("/value");
        let host = address.strip_prefix("http://").unwrap_or_default();
        let reached = overlay
            .get("SpinApp", host)
            .is_some_and(|other| components(project, other).contains(&component));
        if !reached {
            findings.push(app.finding(
                Rule::Addresses,
                format!("{name} is {address:?}, where {component} is not"),
                "name the SpinApp of that component, by http and without a port",
            ));
        } else if !overlay.is_split() {
            findings.push(app.finding(
                Rule::Addresses,
                format!("{name} leads out of the app, where {component} is"),
                "leave it out: they reach each other inside",
            ));
        }
    }
}

/// The settings that belong together.
fn keys(overlay: &Overlay, findings: &mut Vec<Finding>) {
    let (url, origin) = (overlay.setting("jwks-url"), overlay.setting("jwks-origin"));
    let within = url
        .strip_prefix(origin)
        .is_some_and(|path| path.is_empty() == origin.is_empty() && !origin.ends_with('/'));
    if !within || url.is_empty() != origin.is_empty() {
        findings.push(overlay.finding(
            Rule::Settings,
            format!("jwks-origin {origin:?} is not the origin of jwks-url {url:?}"),
            "set both: scheme, host and port without a path",
        ));
    }
    let limit = overlay.setting("rate-limit");
    if limit.parse::<u32>().is_ok_and(|limit| limit > 0) {
        return;
    }
    findings.push(overlay.finding(
        Rule::Settings,
        format!("rate-limit is {limit:?}, so that users have none"),
        "set a number of requests a minute",
    ));
}
