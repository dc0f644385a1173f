//! What makes Dapr put a sidecar beside a SpinApp, and what it is told.

use super::{apps::components, sidecar};
use crate::{Finding, Overlay, Project, Resource, Rule, json::Json};

/// Those that Dapr 1.18 knows and that fit here. One that it does not know has no effect,
/// and nobody says so.
const KNOWN: [&str; 21] = [
    "enabled",
    "app-id",
    "app-port",
    "app-protocol",
    "app-max-concurrency",
    "config",
    "api-token-secret",
    "app-token-secret",
    "enable-app-health-check",
    "app-health-check-path",
    "app-health-probe-interval",
    "app-health-probe-timeout",
    "app-health-threshold",
    "enable-api-logging",
    "log-as-json",
    "log-level",
    "disable-builtin-k8s-secret-store",
    "sidecar-seccomp-profile-type",
    "sidecar-cpu-request",
    "sidecar-memory-request",
    "sidecar-memory-limit",
];

pub(super) fn check(project: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    for app in overlay.kind("SpinApp") {
        misplaced(app, &mut findings);
        let annotations = app.value.labels("/spec/podAnnotations");
        for name in annotations.keys() {
            if let Some(name) = name.strip_prefix("dapr.io/")
                && !KNOWN.contains(&name)
            {
                findings.push(app.finding(
                    Rule::Annotations,
                    format!("Dapr has no annotation dapr.io/{name}"),
                    "take one that it has, or add it to the test's list",
                ));
            }
        }
        let health = "/.well-known/spin/health".to_owned();
        let needed = sidecar::is_needed(project, &components(project, app)).to_string();
        let wanted = [
            ("enabled", Some(needed)),
            ("app-id", Some(app.name().to_owned())),
            // SpinKube has every app listen there.
            ("app-port", Some("80".to_owned())),
            ("app-protocol", Some("http".to_owned())),
            ("enable-app-health-check", Some("true".to_owned())),
            ("app-health-check-path", Some(health)),
            ("app-token-secret", secret(app, "app_api_token")),
            ("api-token-secret", secret(app, "dapr_api_token")),
        ];
        for (name, value) in wanted {
            let has = annotations.get(&format!("dapr.io/{name}"));
            // Who does not call the sidecar does not have its token.
            let is_free = name.ends_with("-token-secret") && value.is_none();
            if has.is_none() || (has != value.as_ref() && !is_free) {
                findings.push(app.finding(
                    Rule::Annotations,
                    format!("dapr.io/{name} is {has:?}, and should be {value:?}"),
                    "set it in spec.podAnnotations",
                ));
            }
        }
        let configuration = annotations.get("dapr.io/config").map_or("", String::as_str);
        if overlay.get("Configuration", configuration).is_none() {
            findings.push(app.finding(
                Rule::Annotations,
                format!("dapr.io/config names {configuration:?}, which is not there"),
                "name the Configuration in base/",
            ));
        }
    }
    findings
}

/// The secret under whose key `token` a variable is, which is what Dapr looks for.
fn secret(app: &Resource, variable: &str) -> Option<String> {
    let variable = app
        .value
        .list("/spec/variables")
        .iter()
        .find(|given| given.text("/name") == variable)?;
    let secret = variable.at("/valueFrom/secretKeyRef");
    (secret.text("/key") == "token").then(|| secret.text("/name").to_owned())
}

/// Nowhere else do they reach a pod.
fn misplaced(app: &Resource, findings: &mut Vec<Finding>) {
    for place in [
        "/metadata/annotations",
        "/metadata/labels",
        "/spec/deploymentAnnotations",
        "/spec/serviceAnnotations",
        "/spec/podLabels",
    ] {
        for (name, _) in app.value.fields(place) {
            if name.starts_with("dapr.io/") {
                findings.push(app.finding(
                    Rule::Annotations,
                    format!("{name} is in {place}, where it has no effect"),
                    "move it to spec.podAnnotations",
                ));
            }
        }
    }
}
