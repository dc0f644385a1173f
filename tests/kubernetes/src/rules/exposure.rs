//! Users reach what is for them, and nothing else.

use crate::{Finding, Overlay, Project, Resource, Rule, json::Json};
use serde_json::Value;

/// What is for users beside /api/.
const DOCUMENTS: [&str; 2] = ["/openapi.json", "/asyncapi.json"];

pub(super) fn check(project: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    for service in overlay.kind("Service") {
        let kind = service.value.text("/spec/type");
        if !matches!(kind, "" | "ClusterIP") {
            findings.push(service.finding(
                Rule::Exposure,
                format!("it is of the type {kind}, and passes the ingress by"),
                "leave the type out",
            ));
        }
    }
    let host = overlay.setting("host");
    let mut paths: Vec<&Value> = Vec::new();
    for ingress in overlay.kind("Ingress") {
        for rule in ingress.value.list("/spec/rules") {
            if rule.text("/host") != host || host.is_empty() {
                findings.push(ingress.finding(
                    Rule::Exposure,
                    format!("it is for {:?}, and not for {host:?}", rule.text("/host")),
                    "set `host` in settings.yaml",
                ));
            }
            for path in rule.list("/http/paths") {
                opened(project, ingress, path, &mut findings);
                paths.push(path);
            }
        }
        let secured = ingress
            .value
            .list("/spec/tls")
            .iter()
            .any(|tls| tls.texts("/hosts").contains(&host));
        if overlay.environment == "production" && !secured {
            findings.push(ingress.finding(
                Rule::Exposure,
                format!("it has no TLS for {host}"),
                "tokens go over it: set spec.tls",
            ));
        }
    }
    for (route, component) in &project.spin.routes {
        if is_public(route)
            && !paths
                .iter()
                .any(|path| leads(overlay, path, route, component))
        {
            findings.push(overlay.finding(
                Rule::Exposure,
                format!("no path of the ingress leads {route} to {component}"),
                "add it to ingress.yaml",
            ));
        }
    }
    findings
}

fn is_public(route: &str) -> bool {
    route.starts_with("/api/") || DOCUMENTS.contains(&route)
}

/// Whether a path of the ingress takes this one.
fn takes(path: &Value, wanted: &str) -> bool {
    let prefix = path.text("/path").trim_end_matches('/');
    match path.text("/pathType") {
        "Exact" => path.text("/path") == wanted,
        _ => {
            wanted == prefix
                || wanted
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.starts_with('/'))
        }
    }
}

/// Whether it leads this route to the SpinApp that has the component.
fn leads(overlay: &Overlay, path: &Value, route: &str, component: &str) -> bool {
    let to = path.text("/backend/service/name");
    let is_home = if overlay.is_split() {
        to == component
    } else {
        overlay.get("SpinApp", to).is_some()
    };
    let wanted = match route.strip_suffix("/...") {
        Some(prefix) => format!("{prefix}/x"),
        None => route.to_owned(),
    };
    is_home && takes(path, &wanted)
}

/// What a path opens: nothing that is the sidecar's, and something that there is.
fn opened(project: &Project, ingress: &Resource, path: &Value, findings: &mut Vec<Finding>) {
    let name = path.text("/path");
    let mut internal: Vec<&str> = project
        .spin
        .routes
        .iter()
        .map(|(route, _)| route.as_str())
        .filter(|route| !is_public(route))
        .collect();
    internal.push("/dapr/subscribe");
    for route in internal {
        if takes(path, &route.replace("/...", "/x")) {
            findings.push(ingress.finding(
                Rule::Exposure,
                format!("the path {name} opens {route} to everybody"),
                "open /api and the two documents only",
            ));
        }
    }
    let is_known = matches!(name, "/api")
        || is_public(&format!("{}/", name.trim_end_matches('/')))
        || DOCUMENTS.contains(&name);
    let typed = matches!(path.text("/pathType"), "Exact" | "Prefix");
    if !is_known || !typed {
        findings.push(ingress.finding(
            Rule::Exposure,
            format!("the path {name} is none of the users'"),
            "open /api and the two documents only, by Prefix or Exact",
        ));
    }
    let port = path.at("/backend/service/port/number");
    if port != &Value::from(80) {
        findings.push(ingress.finding(
            Rule::Exposure,
            format!("the path {name} leads to the port {port}"),
            "SpinKube's services have port 80",
        ));
    }
}
