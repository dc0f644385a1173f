//! Which SpinApps there are, what runs them, and of which image.

use crate::{Finding, Overlay, Project, Resource, Rule, json::Json};
use std::collections::{BTreeMap, BTreeSet};

/// The components of a SpinApp: all, if it does not say which.
pub(super) fn components<'a>(project: &'a Project, app: &'a Resource) -> Vec<&'a str> {
    let named = app.value.texts("/spec/components");
    if named.is_empty() {
        project.spin.components.keys().map(String::as_str).collect()
    } else {
        named
    }
}

pub(super) fn check(project: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    which(project, overlay, &mut findings);
    order(overlay, &mut findings);
    let mut images = BTreeSet::new();
    for app in overlay.kind("SpinApp") {
        executor(overlay, app, &mut findings);
        image(project, app, &mut findings);
        images.insert(app.value.text("/spec/image"));
    }
    if images.len() > 1 {
        findings.push(overlay.finding(
            Rule::Image,
            format!("the SpinApps have different images: {images:?}"),
            "set `image` in settings.yaml, which all of them get",
        ));
    }
    findings
}

/// Every component is in one SpinApp.
fn which(project: &Project, overlay: &Overlay, findings: &mut Vec<Finding>) {
    let mut homes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for app in overlay.kind("SpinApp") {
        let listed = app.value.texts("/spec/components");
        if overlay.is_split() && listed != [app.name()] {
            findings.push(app.finding(
                Rule::Components,
                format!(
                    "its components are {listed:?}, and it is named {}",
                    app.name()
                ),
                "give it the one component that it is named after",
            ));
        }
        if !overlay.is_split() && (!listed.is_empty() || app.name() != project.spin.name) {
            findings.push(app.finding(
                Rule::Components,
                "it is not the whole app, named as in spin.toml".to_owned(),
                "leave out `components`, or move it to apps/split",
            ));
        }
        for component in components(project, app) {
            homes.entry(component).or_default().push(app.name());
        }
    }
    for component in project.spin.components.keys() {
        let homes = homes.remove(component.as_str()).unwrap_or_default();
        if homes.len() != 1 {
            findings.push(overlay.finding(
                Rule::Components,
                format!("the component {component} is in {homes:?}"),
                "have it in exactly one SpinApp",
            ));
        }
    }
    for (unknown, homes) in homes {
        findings.push(overlay.finding(
            Rule::Components,
            format!("{homes:?} wants a component {unknown}, which spin.toml does not have"),
            "name one that there is",
        ));
    }
}

/// A namespace is there before what is in it, and an executor before who names it: SpinKube
/// refuses a SpinApp otherwise.
fn order(overlay: &Overlay, findings: &mut Vec<Finding>) {
    let place = |kind: &str| {
        overlay
            .resources
            .iter()
            .position(|resource| resource.kind() == kind)
    };
    if place("Namespace") != Some(0) {
        findings.push(overlay.finding(
            Rule::Order,
            "the namespace does not come first".to_owned(),
            "list base first, and keep sortOptions",
        ));
    }
    if place("SpinAppExecutor") > place("SpinApp") {
        findings.push(overlay.finding(
            Rule::Order,
            "a SpinApp comes before its executor".to_owned(),
            "list executors before apps, and keep sortOptions",
        ));
    }
}

fn executor(overlay: &Overlay, app: &Resource, findings: &mut Vec<Finding>) {
    let name = app.value.text("/spec/executor");
    let Some(executor) = overlay.get("SpinAppExecutor", name) else {
        findings.push(app.finding(
            Rule::Executor,
            format!("there is no executor {name:?} in the overlay"),
            "name the one in executors/",
        ));
        return;
    };
    let spin = executor.value.text("/spec/deploymentConfig/spinImage");
    let class = executor
        .value
        .text("/spec/deploymentConfig/runtimeClassName");
    match (spin.is_empty(), class.is_empty()) {
        (false, true) => {
            let version = spin.rsplit_once(":v").map_or("", |(_, version)| version);
            let mut numbers = version.split('.').map(|number| number.parse::<u64>().ok());
            let at_least = numbers.next().flatten() > Some(4)
                || version
                    .strip_prefix("4.")
                    .and_then(|rest| rest.split('.').next()?.parse().ok())
                    .is_some_and(|minor: u64| minor >= 1);
            if !at_least {
                findings.push(executor.finding(
                    Rule::Executor,
                    format!("its image is {spin}, and the components need Spin 4.1"),
                    "take v4.1.0 or newer",
                ));
            }
            // SpinKube then tells Spin to read a file that this makes.
            if app.value.at("/spec/runtimeConfig").is_null() {
                findings.push(
                    app.finding(
                        Rule::Executor,
                        "it has no runtimeConfig, which Spin as an image does not start without"
                            .to_owned(),
                        "name its sqliteDatabases there",
                    ),
                );
            }
        }
        (true, false) => {}
        _ => findings.push(executor.finding(
            Rule::Executor,
            "it needs exactly one of spinImage and runtimeClassName".to_owned(),
            "see executors/",
        )),
    }
}

/// The image is that of this version.
fn image(project: &Project, app: &Resource, findings: &mut Vec<Finding>) {
    let image = app.value.text("/spec/image");
    let last = image.rsplit('/').next().unwrap_or_default();
    let version = &project.spin.version;
    let pinned = match (last.split_once('@'), last.split_once(':')) {
        (Some((_, digest)), _) => digest.starts_with("sha256:"),
        (None, Some((_, tag))) => tag == version,
        (None, None) => false,
    };
    if !pinned || !image.contains('/') {
        findings.push(app.finding(
            Rule::Image,
            format!("its image is {image:?}"),
            "name a registry, and the version of spin.toml or a digest",
        ));
    }
}
