//! The definitions of resources that Kubernetes itself does not have: SpinKube's, Dapr's,
//! KEDA's and Strimzi's.

use crate::{
    Resource, Trouble,
    json::{Json, documents},
    schema,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};

/// Schemas by group and version, and by kind.
#[derive(Debug)]
pub struct Definitions(BTreeMap<(String, String), Value>);

impl Definitions {
    /// Reads a folder of `CustomResourceDefinition`s. There are none if it is not there.
    ///
    /// # Errors
    /// If what is there cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, Trouble> {
        let Ok(listing) = std::fs::read_dir(folder) else {
            return Ok(None);
        };
        let mut schemas = BTreeMap::new();
        for entry in listing {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.extension().is_none_or(|extension| extension != "yaml") {
                continue;
            }
            let place = path.display().to_string();
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{place}: {error}"))?;
            for definition in documents(&place, &text)? {
                let group = definition.text("/spec/group");
                let kind = definition.text("/spec/names/kind");
                for version in definition.list("/spec/versions") {
                    let api = format!("{group}/{}", version.text("/name"));
                    let schema = whole(version.at("/schema/openAPIV3Schema").clone());
                    if version.at("/served") == &Value::Bool(true) {
                        schemas.insert((api, kind.to_owned()), schema);
                    }
                }
            }
        }
        Ok((!schemas.is_empty()).then_some(Self(schemas)))
    }

    /// What is wrong with a resource.
    pub(crate) fn faults(&self, resource: &Resource) -> Vec<String> {
        let key = (resource.api().to_owned(), resource.kind().to_owned());
        let Some(schema) = self.0.get(&key) else {
            return vec![format!("there is no {} {}", key.0, key.1)];
        };
        let mut faults = schema::faults(schema, &resource.value);
        faults.extend(crate::core::metadata_faults(&resource.value));
        faults
    }
}

/// A definition may leave unsaid what every resource has. (What its metadata are, `core`
/// holds them to.)
fn whole(mut schema: Value) -> Value {
    if let Some(properties) = schema
        .pointer_mut("/properties")
        .and_then(Value::as_object_mut)
    {
        let open = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
        properties.insert("metadata".to_owned(), open);
        properties.insert("apiVersion".to_owned(), json!({ "type": "string" }));
        properties.insert("kind".to_owned(), json!({ "type": "string" }));
    }
    schema
}
