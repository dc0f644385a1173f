//! Prometheus asks every component where it answers.

use crate::{Finding, Project, Rule, json::Json};

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut finding = |what: String, remedy: &str| {
        findings.push(Finding {
            rule: Rule::Monitoring,
            place: "monitoring/prometheus.yaml".to_owned(),
            what,
            remedy: remedy.to_owned(),
        });
    };
    let jobs = project.prometheus.list("/scrape_configs");
    for (id, component) in &project.spin.components {
        let Some(job) = jobs.iter().find(|job| job.text("/job_name") == id) else {
            finding(format!("nobody asks {id}"), "add a job of its name");
            continue;
        };
        let path = job.text("/metrics_path");
        if path != component.metrics {
            finding(
                format!(
                    "{id} is asked at {path:?}, and answers at {:?}",
                    component.metrics
                ),
                "name the path that spin.toml names",
            );
        }
        let target = job.text("/static_configs/0/targets/0");
        if target != format!("{id}.duebell.svc:80") {
            finding(
                format!("{id} is asked at {target:?}"),
                "name its service, <component>.duebell.svc:80",
            );
        }
        if job.at("/http_headers/dapr-api-token").is_null() {
            finding(
                format!("{id} is asked without the app's token"),
                "set http_headers",
            );
        }
    }
    for job in jobs {
        let name = job.text("/job_name");
        if !project.spin.components.contains_key(name) && name != "duebell-sidecars" {
            finding(
                format!("there is no component {name}"),
                "leave it out, or mend its name",
            );
        }
    }
    findings
}
