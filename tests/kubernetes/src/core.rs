//! Kubernetes' own resources: each is read as its type and written again. What is in the
//! manifest and not in what is written, is no field of it.

use crate::{Resource, json::Json};
use k8s_openapi::{
    api::{
        apps::v1::StatefulSet,
        core::v1::{ConfigMap, Namespace, Secret, Service, ServiceAccount},
        networking::v1::{Ingress, NetworkPolicy},
        policy::v1::PodDisruptionBudget,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Whether a resource is one of these.
pub(crate) enum Held {
    /// It is, and this is wrong with it.
    To(Vec<String>),
    /// It is not.
    Unknown,
}

/// What is wrong with a resource of Kubernetes' own.
pub(crate) fn faults(resource: &Resource) -> Held {
    let faults = match (resource.api(), resource.kind()) {
        ("v1", "ConfigMap") => again::<ConfigMap>,
        ("v1", "Namespace") => again::<Namespace>,
        ("v1", "Secret") => again::<Secret>,
        ("v1", "Service") => again::<Service>,
        ("v1", "ServiceAccount") => again::<ServiceAccount>,
        ("apps/v1", "StatefulSet") => again::<StatefulSet>,
        ("networking.k8s.io/v1", "Ingress") => again::<Ingress>,
        ("networking.k8s.io/v1", "NetworkPolicy") => again::<NetworkPolicy>,
        ("policy/v1", "PodDisruptionBudget") => again::<PodDisruptionBudget>,
        _ => return Held::Unknown,
    };
    Held::To(faults(&resource.value))
}

/// What is wrong with the metadata of any resource.
pub(crate) fn metadata_faults(resource: &Value) -> Vec<String> {
    again::<ObjectMeta>(resource.at("/metadata"))
        .into_iter()
        .map(|fault| format!("metadata: {fault}"))
        .collect()
}

fn again<T: Serialize + DeserializeOwned>(value: &Value) -> Vec<String> {
    let written = serde_json::from_value::<T>(value.clone())
        .and_then(|read| serde_json::to_value(read))
        .map_err(|error| error.to_string());
    match written {
        Ok(written) => {
            let mut faults = Vec::new();
            lost(value, &written, "", &mut faults);
            faults
        }
        Err(error) => vec![error],
    }
}

/// What is in the first value and not in the second.
fn lost(had: &Value, has: &Value, path: &str, faults: &mut Vec<String>) {
    match (had, has) {
        (Value::Object(had), Value::Object(has)) => {
            for (name, value) in had {
                let path = format!("{path}/{name}");
                match has.get(name) {
                    Some(kept) => lost(value, kept, &path, faults),
                    None if says_nothing(value) => {}
                    None => faults.push(format!("there is no field {path}")),
                }
            }
        }
        (Value::Array(had), Value::Array(has)) if had.len() == has.len() => {
            for (number, (had, has)) in had.iter().zip(has).enumerate() {
                lost(had, has, &format!("{path}/{number}"), faults);
            }
        }
        _ if had == has => {}
        _ => faults.push(format!("{path} is {had}, which is read as {has}")),
    }
}

/// Whether leaving it out says the same: `egress: []`, `emptyDir: {}` do not vanish, but
/// lists that are empty may.
fn says_nothing(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}
