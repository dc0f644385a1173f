//! spin.toml, as far as it says what a native service needs to know: nothing of it is
//! written here once more.

use anyhow::Context;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The manifest that the components are deployed by.
const SPIN_TOML: &str = include_str!("../../../spin.toml");

/// Where components find each other under Spin: the end of the default of a variable
/// that holds another one's origin.
const CHAINED: &str = ".spin.internal";

/// What spin.toml says.
#[derive(Deserialize)]
pub(crate) struct Manifest {
    variables: BTreeMap<String, Variable>,
    trigger: Triggers,
}

#[derive(Deserialize)]
struct Variable {
    #[serde(default)]
    default: String,
}

#[derive(Deserialize)]
struct Triggers {
    http: Vec<Trigger>,
}

/// A route, and who answers it: a component, or the manifest itself.
#[derive(Deserialize)]
pub(crate) struct Trigger {
    pub(crate) route: String,
    pub(crate) component: Option<String>,
    pub(crate) static_response: Option<StaticResponse>,
}

/// An answer that is always the same.
#[derive(Clone, Deserialize)]
pub(crate) struct StaticResponse {
    pub(crate) status_code: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: String,
}

/// The variables of all components.
pub(crate) struct Variables(BTreeMap<String, String>);

impl Manifest {
    /// Reads it.
    pub(crate) fn read() -> anyhow::Result<Self> {
        toml::from_str(SPIN_TOML).context("spin.toml cannot be read as it was built in")
    }

    /// The routes.
    pub(crate) fn triggers(self) -> Vec<Trigger> {
        self.trigger.http
    }

    /// The variables: `given` ones, or else their defaults. Components that call each
    /// other are all at `origin`.
    pub(crate) fn variables(
        &self,
        origin: &str,
        given: &[(&str, String)],
    ) -> anyhow::Result<Variables> {
        let mut variables: BTreeMap<String, String> = self
            .variables
            .iter()
            .map(|(name, variable)| {
                let value = if variable.default.ends_with(CHAINED) {
                    origin
                } else {
                    &variable.default
                };
                (name.clone(), value.to_owned())
            })
            .collect();
        for (name, value) in given {
            let variable = variables
                .get_mut(*name)
                .with_context(|| format!("spin.toml has no variable {name}"))?;
            value.clone_into(variable);
        }
        Ok(Variables(variables))
    }
}

impl Variables {
    /// What a variable holds; empty if it is not set.
    pub(crate) fn get(&self, name: &str) -> anyhow::Result<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .with_context(|| format!("spin.toml has no variable {name}"))
    }

    /// The number in a variable.
    pub(crate) fn number(&self, name: &str) -> anyhow::Result<u32> {
        let value = self.get(name)?;
        value
            .parse()
            .with_context(|| format!("the variable {name} is {value:?}; use a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_at_the_one_origin_and_given_variables_count() {
        let manifest = Manifest::read().unwrap();
        let given = [("log_level", "error".to_owned())];
        let variables = manifest.variables("http://here", &given).unwrap();
        assert_eq!(variables.get("task_api_url").unwrap(), "http://here");
        assert_eq!(variables.get("log_level").unwrap(), "error");
        assert_eq!(
            variables.get("dapr_url").unwrap(),
            "http://127.0.0.1:3500",
            "its default"
        );
        assert_eq!(variables.number("max_streams").unwrap(), 2500);
        assert!(variables.get("nothing").is_err());
        assert!(
            manifest
                .variables("", &[("nothing", String::new())])
                .is_err()
        );
    }
}
