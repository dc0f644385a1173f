//! What is referred to is there, and no secret is in the manifests themselves.

use crate::{Finding, Overlay, Project, Resource, Rule, json::Json};
use serde_json::Value;

pub(super) fn check(project: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    let known = Known { project, overlay };
    for resource in &overlay.resources {
        if resource.kind() == "Secret" {
            findings.push(resource.finding(
                Rule::Secrets,
                "a secret is in the manifests".to_owned(),
                "have secrets.sh make it",
            ));
        }
        known.walk(resource, &resource.value, "", &mut findings);
        for (name, secret) in resource.value.labels("/spec/podAnnotations") {
            if name.starts_with("dapr.io/") && name.ends_with("-token-secret") {
                known.secret(resource, &secret, "token", &mut findings);
            }
        }
        for target in resource.value.list("/spec/secretTargetRef") {
            let (name, key) = (target.text("/name"), target.text("/key"));
            known.secret(resource, name, key, &mut findings);
        }
        for target in resource.value.list("/spec/configMapTargetRef") {
            let (name, key) = (target.text("/name"), target.text("/key"));
            known.setting(resource, name, key, &mut findings);
        }
        let account = resource.value.text("/spec/serviceAccountName");
        if !account.is_empty() && overlay.get("ServiceAccount", account).is_none() {
            findings.push(resource.finding(
                Rule::Settings,
                format!("there is no ServiceAccount {account}"),
                "name the one in base/",
            ));
        }
    }
    findings
}

/// What there is to refer to.
struct Known<'a> {
    project: &'a Project,
    overlay: &'a Overlay,
}

impl Known<'_> {
    fn walk(&self, resource: &Resource, value: &Value, field: &str, findings: &mut Vec<Finding>) {
        match value {
            Value::Object(fields) => {
                let (name, key) = (value.text("/name"), value.text("/key"));
                match field {
                    "secretKeyRef" => self.secret(resource, name, key, findings),
                    "configMapKeyRef" => self.setting(resource, name, key, findings),
                    "secretRef" => self.secret(resource, name, "", findings),
                    "configMap" if self.overlay.get("ConfigMap", name).is_none() => {
                        self.setting(resource, name, "", findings);
                    }
                    _ => {}
                }
                for (field, value) in fields {
                    self.walk(resource, value, field, findings);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.walk(resource, item, "", findings);
                }
            }
            Value::String(text) if has_password(text) => findings.push(resource.finding(
                Rule::Secrets,
                format!("{field} has a password in it"),
                "have secrets.sh make it, and refer to it",
            )),
            _ => {}
        }
    }

    fn secret(&self, resource: &Resource, name: &str, key: &str, findings: &mut Vec<Finding>) {
        let made = &self.project.secrets(self.overlay).0;
        let keys: Vec<&str> = match made.get(name) {
            Some(keys) => keys.keys().map(String::as_str).collect(),
            // Strimzi's, of users and of the cluster's authority.
            None if self.overlay.get("KafkaUser", name).is_some() => vec!["password"],
            None if self.is_authority(name) => vec!["ca.crt"],
            None => {
                findings.push(resource.finding(
                    Rule::Secrets,
                    format!("there is no secret {name}"),
                    "name one that secrets.sh or Strimzi makes",
                ));
                return;
            }
        };
        if !key.is_empty() && !keys.contains(&key) {
            findings.push(resource.finding(
                Rule::Secrets,
                format!("the secret {name} has no key {key}, but {keys:?}"),
                "name one that it has",
            ));
        }
    }

    fn is_authority(&self, name: &str) -> bool {
        name.strip_suffix("-cluster-ca-cert")
            .is_some_and(|cluster| self.overlay.get("Kafka", cluster).is_some())
    }

    fn setting(&self, resource: &Resource, name: &str, key: &str, findings: &mut Vec<Finding>) {
        let settings = self.overlay.get("ConfigMap", name);
        let is_there =
            settings.is_some_and(|settings| settings.value.at("/data").get(key).is_some());
        if !is_there {
            findings.push(resource.finding(
                Rule::Settings,
                format!("there is no key {key:?} in a ConfigMap {name}"),
                "add it to settings.yaml of the overlay",
            ));
        }
    }
}

/// Whether a text is an address with a password.
fn has_password(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', ' ', '\n']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| {
            user.split_once(':')
                .is_some_and(|(_, word)| !word.is_empty())
        })
    })
}
