//! Pods are asked how they are, and have what they need.

use crate::{Finding, Overlay, Project, Resource, Rule, json::Json};
use serde_json::Value;

pub(super) fn check(_: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    for app in overlay.kind("SpinApp") {
        for check in ["readiness", "liveness"] {
            let path = app
                .value
                .text(&format!("/spec/checks/{check}/httpGet/path"));
            if path != "/.well-known/spin/health" {
                findings.push(app.finding(
                    Rule::Probes,
                    format!("its {check} is asked at {path:?}"),
                    "ask Spin itself, at /.well-known/spin/health",
                ));
            }
        }
        resources(app, app.value.at("/spec/resources"), &mut findings);
    }
    for set in overlay.kind("StatefulSet") {
        for container in set.value.list("/spec/template/spec/containers") {
            for probe in ["readinessProbe", "livenessProbe"] {
                if container.get(probe).is_none() {
                    findings.push(set.finding(
                        Rule::Probes,
                        format!("a container has no {probe}"),
                        "add it",
                    ));
                }
            }
            let image = container.text("/image");
            let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
            if matches!(tag, "" | "latest") {
                findings.push(set.finding(
                    Rule::Image,
                    format!("its image is {image:?}, whatever that is tomorrow"),
                    "name a version",
                ));
            }
            resources(set, container.at("/resources"), &mut findings);
        }
    }
    findings
}

fn resources(resource: &Resource, given: &Value, findings: &mut Vec<Finding>) {
    for field in ["/requests/cpu", "/requests/memory", "/limits/memory"] {
        if given.at(field).is_null() {
            findings.push(resource.finding(
                Rule::Probes,
                format!("resources{field} is not set"),
                "say what it needs, and what memory it may take at most",
            ));
        }
    }
}
