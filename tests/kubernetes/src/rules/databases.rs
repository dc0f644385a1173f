//! Each component's data are in Postgres, under a role of its own.

use super::apps::components;
use crate::{Finding, Overlay, Project, Resource, Rule, json::Json};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    let origin = overlay.setting("postgres-origin");
    for app in overlay.kind("SpinApp") {
        let mut labels = BTreeSet::new();
        for id in components(project, app) {
            let Some(component) = project.spin.components.get(id) else {
                continue;
            };
            labels.extend(component.labels.iter().cloned());
            for label in &component.labels {
                url(project, overlay, app, label, origin, &mut findings);
            }
        }
        let wanted: Vec<_> = labels
            .iter()
            .map(|label| json!({ "name": label, "type": "spin" }))
            .collect();
        let has = app.value.list("/spec/runtimeConfig/sqliteDatabases");
        let differs = has.len() != wanted.len() || wanted.iter().any(|label| !has.contains(label));
        if differs {
            findings.push(app.finding(
                Rule::Databases,
                format!(
                    "runtimeConfig.sqliteDatabases is not {labels:?}, of type spin, without a path"
                ),
                "name the labels of its components: Spin does not start without them",
            ));
        }
    }
    server(overlay, origin, &mut findings);
    findings
}

/// The URL of a label's database, as secrets.sh makes it.
fn url(
    project: &Project,
    overlay: &Overlay,
    app: &Resource,
    label: &str,
    origin: &str,
    findings: &mut Vec<Finding>,
) {
    let name = format!("{label}_database");
    let variables = app.value.list("/spec/variables");
    let Some(variable) = variables.iter().find(|given| given.text("/name") == name) else {
        return;
    };
    let secret = variable.at("/valueFrom/secretKeyRef");
    let secrets = project.secrets(overlay);
    let Some(url) = secrets.get(secret.text("/name"), secret.text("/key")) else {
        return;
    };
    let parts = url
        .strip_prefix("postgres://")
        .and_then(|rest| rest.split_once('@'))
        .and_then(|(login, rest)| Some((login.split_once(':')?, rest.split_once('/')?)));
    let Some(((user, password), (server, database))) = parts else {
        findings.push(app.finding(
            Rule::Databases,
            format!("{name} is no postgres://user:password@host:port/name"),
            "see secrets.sh",
        ));
        return;
    };
    let mut must = |holds: bool, what: String, remedy: &str| {
        if !holds {
            findings.push(app.finding(Rule::Databases, what, remedy));
        }
    };
    must(
        user == format!("duebell_{label}"),
        format!("{name} logs in as {user}"),
        "each has a role of its own: duebell_<label>",
    );
    must(
        origin == format!("postgres://{server}"),
        format!("{name} is at {server}, and postgres-origin in the settings is {origin:?}"),
        "components reach that origin only: set it to that of the URLs",
    );
    must(
        overlay.environment == "local" || database.ends_with("?sslmode=require"),
        format!("{name} goes over the network in the open"),
        "end it with ?sslmode=require",
    );
    let given = format!("{label}_password");
    must(
        secrets.get("postgres", &given) == Some(password),
        format!("the role of {name} is given another password"),
        "let secrets.sh put the same into `databases` and `postgres`",
    );
}

/// Where the origin is in the cluster, there is such a service, with a port of the pods.
fn server(overlay: &Overlay, origin: &str, findings: &mut Vec<Finding>) {
    if overlay.environment != "local" {
        return;
    }
    let (host, port) = origin
        .strip_prefix("postgres://")
        .and_then(|server| server.split_once(':'))
        .unwrap_or_default();
    let Some(service) = overlay.get("Service", host) else {
        findings.push(overlay.finding(
            Rule::Databases,
            format!("postgres-origin is {origin:?}, and there is no service {host:?}"),
            "name the service in postgres/",
        ));
        return;
    };
    let pods = overlay.kind("StatefulSet").flat_map(|set| {
        set.value
            .list("/spec/template/spec/containers")
            .iter()
            .flat_map(|container| container.list("/ports"))
    });
    let pods: Vec<_> = pods.collect();
    let fits = service.value.list("/spec/ports").iter().any(|offered| {
        let target = offered.at("/targetPort");
        is_port(offered.at("/port"), port)
            && pods.iter().any(|pod| {
                (pod.at("/name") == target || pod.at("/containerPort") == target)
                    && is_port(pod.at("/containerPort"), port)
            })
    });
    if !fits {
        findings.push(service.finding(
            Rule::Databases,
            format!("it does not lead to port {port} of the pods, which postgres-origin names"),
            "let the origin, the service and the container have the same port",
        ));
    }
    // What the pods are given passwords for, they have to make.
    let starts = overlay.kind("ConfigMap").any(|config| {
        config.value.at("/data").get("1-roles.sql").is_some()
            && config.value.at("/data").get("2-passwords.sh").is_some()
    });
    if !starts {
        findings.push(service.finding(
            Rule::Databases,
            "nothing makes the roles".to_owned(),
            "keep deploy/postgres among the resources",
        ));
    }
}

fn is_port(value: &Value, port: &str) -> bool {
    value
        .as_u64()
        .is_some_and(|number| port.parse() == Ok(number))
}

/// roles.sql has all labels, and no others.
pub(super) fn check_roles(project: &Project) -> Vec<Finding> {
    let labels: BTreeSet<&str> = project
        .spin
        .components
        .values()
        .flat_map(|component| component.labels.iter().map(String::as_str))
        .collect();
    let named: BTreeSet<&str> = project
        .roles
        .split_once("ARRAY[")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map(|(list, _)| list)
        .unwrap_or_default()
        .split(',')
        .map(|word| word.trim().trim_matches('\''))
        .collect();
    let mut findings = Vec::new();
    if labels != named {
        findings.push(Finding {
            rule: Rule::Databases,
            place: "deploy/postgres/roles.sql".to_owned(),
            what: format!("it makes roles for {named:?}, and spin.toml has {labels:?}"),
            remedy: "name each label of spin.toml".to_owned(),
        });
    }
    findings
}
