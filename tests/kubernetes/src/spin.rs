//! spin.toml.

use crate::{Trouble, json::Json};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What matters of it here.
#[derive(Clone, Debug)]
pub(crate) struct Spin {
    /// The application's name and version.
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) variables: BTreeMap<String, Variable>,
    pub(crate) components: BTreeMap<String, Component>,
    /// Routes, and whose they are.
    pub(crate) routes: Vec<(String, String)>,
    /// What /dapr/subscribe answers.
    pub(crate) subscribed: Vec<Value>,
}

/// A variable of the application.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) required: bool,
    pub(crate) secret: bool,
    pub(crate) default: String,
}

/// A component.
#[derive(Clone, Debug)]
pub(crate) struct Component {
    /// The labels of its SQLite databases.
    pub(crate) labels: Vec<String>,
    /// The variables of the application that it reads, or may reach what they name.
    pub(crate) reads: BTreeSet<String>,
    /// The variable of the application that its own `database` is.
    pub(crate) database: Option<String>,
    /// Where its metrics are.
    pub(crate) metrics: String,
}

impl Spin {
    /// Reads it.
    pub(crate) fn read(text: &str) -> Result<Self, Trouble> {
        let value: Value = toml::from_str(text).map_err(|error| format!("spin.toml: {error}"))?;
        let flag = |value: &Value, name: &str| value.get(name) == Some(&Value::Bool(true));
        let variables = value.fields("/variables").map(|(name, variable)| {
            let read = Variable {
                required: flag(variable, "required"),
                secret: flag(variable, "secret"),
                default: variable.text("/default").to_owned(),
            };
            (name.to_owned(), read)
        });
        let components = value
            .fields("/component")
            .map(|(id, component)| (id.to_owned(), Component::read(component)));
        let mut routes = Vec::new();
        let mut subscribed = Vec::new();
        for trigger in value.list("/trigger/http") {
            let route = trigger.text("/route");
            let answer = trigger.text("/static_response/body");
            match trigger.get("component").and_then(Value::as_str) {
                Some(component) => routes.push((route.to_owned(), component.to_owned())),
                None if route == "/dapr/subscribe" => {
                    subscribed = serde_json::from_str(answer)
                        .map_err(|error| format!("spin.toml: /dapr/subscribe: {error}"))?;
                }
                None => {}
            }
        }
        Ok(Self {
            name: value.text("/application/name").to_owned(),
            version: value.text("/application/version").to_owned(),
            variables: variables.collect(),
            components: components.collect(),
            routes,
            subscribed,
        })
    }

    /// Whose a path is: the longest route's.
    pub(crate) fn owner(&self, path: &str) -> Option<&str> {
        self.routes
            .iter()
            .filter(|(route, _)| match route.strip_suffix("/...") {
                Some(prefix) => {
                    path == prefix
                        || path
                            .strip_prefix(prefix)
                            .is_some_and(|rest| rest.starts_with('/'))
                }
                None => path == route,
            })
            .max_by_key(|(route, _)| route.trim_end_matches("/...").len())
            .map(|(_, component)| component.as_str())
    }

    /// Which component another one reaches by this variable, where the default is a name
    /// that only Spin itself knows.
    pub(crate) fn chained(&self, variable: &str) -> Option<&str> {
        let default = &self.variables.get(variable)?.default;
        default
            .strip_prefix("http://")?
            .strip_suffix(".spin.internal")
    }
}

impl Component {
    fn read(value: &Value) -> Self {
        let templates = value
            .fields("/variables")
            .filter_map(|(_, template)| template.as_str())
            .chain(value.texts("/allowed_outbound_hosts"));
        let database = templated(value.text("/variables/database"));
        Self {
            labels: value
                .texts("/sqlite_databases")
                .into_iter()
                .map(str::to_owned)
                .collect(),
            reads: templates.flat_map(templated).collect(),
            database: database.into_iter().next(),
            metrics: value.text("/tool/duebell/metrics").to_owned(),
        }
    }
}

/// The variables in a template.
fn templated(template: &str) -> Vec<String> {
    template
        .split("{{")
        .skip(1)
        .filter_map(|rest| rest.split_once("}}"))
        .map(|(name, _)| name.trim().to_owned())
        .collect()
}
