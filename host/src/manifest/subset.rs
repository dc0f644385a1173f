//! Some of an app's components, as Spin's `--component-id` runs them.

use miette::miette;

use super::{Manifest, Target};
use crate::diagnostics::{ConfigError, closest};
use crate::outbound::chaining::SUFFIX;

impl Manifest {
    /// Leaves only these components. As in Spin, every trigger that is not theirs goes
    /// too: other components' and static responses.
    ///
    /// # Errors
    ///
    /// There is no component of one of these ids, or one that is left may call another
    /// that is not, by a name that is written out.
    pub fn keep(&mut self, ids: &[String]) -> miette::Result<()> {
        for id in ids {
            if !self.components.contains_key(id) {
                let known = self.components.keys().map(String::as_str);
                let help = match closest(id, known) {
                    Some(name) => format!("Did you mean `{name}`?"),
                    None => "Name one of spin.toml's components.".to_owned(),
                };
                return Err(miette!(help = help, "there is no component `{id}`"));
            }
        }
        self.is_partial = true;
        self.components.retain(|id, _| ids.contains(id));
        self.triggers.retain(|trigger| match &trigger.target {
            Target::Component(id) => ids.contains(id),
            Target::Static(_) => false,
        });
        Ok(self.check_chaining()?)
    }

    /// Spin refuses to start a component that names one outside of the subset.
    fn check_chaining(&self) -> Result<(), ConfigError> {
        for component in self.components.values() {
            for (host, span) in &component.allowed_outbound_hosts {
                if !host.is_literal() {
                    continue;
                }
                let text = host.fill(|_| None);
                let name = text.split("://").nth(1).unwrap_or_default();
                let target = name.strip_suffix(SUFFIX);
                if target.is_some_and(|id| id != "*" && !self.components.contains_key(id)) {
                    return Err(self
                        .file
                        .error(
                            span.clone(),
                            format!("{text} is not among the components that are to run"),
                        )
                        .help("Write the address as a variable, so that it can be another one."));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::manifest::Manifest;

    const APP: &str = r#"
        spin_manifest_version = 2
        [application]
        name = "app"
        [variables]
        other = { default = "http://two.spin.internal" }
        [[trigger.http]]
        route = "/one"
        component = "one"
        [[trigger.http]]
        route = "/two"
        component = "two"
        [[trigger.http]]
        route = "/static"
        [trigger.http.static_response]
        body = "hello"
        [component.one]
        source = "one.wasm"
        allowed_outbound_hosts = ["{{ other }}"]
        [component.two]
        source = "two.wasm"
        allowed_outbound_hosts = ["http://one.spin.internal"]
    "#;

    fn subset(ids: &[&str]) -> miette::Result<Manifest> {
        let mut manifest = Manifest::parse(Path::new("spin.toml"), APP).unwrap();
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        manifest.keep(&ids).map(|()| manifest)
    }

    #[test]
    fn what_is_not_of_the_subset_goes() {
        let manifest = subset(&["one"]).unwrap();
        assert_eq!(manifest.components.len(), 1);
        assert_eq!(manifest.triggers.len(), 1);
        assert_eq!(subset(&["one", "two"]).unwrap().triggers.len(), 2);
    }

    #[test]
    fn an_unknown_component_is_named() {
        let error = subset(&["tow"]).unwrap_err();
        assert_eq!(error.to_string(), "there is no component `tow`");
        assert_eq!(error.help().unwrap().to_string(), "Did you mean `two`?");
    }

    #[test]
    fn a_name_that_is_written_out_must_be_there() {
        let error = format!("{:?}", subset(&["two"]).unwrap_err());
        assert!(error.contains("is not among the components"), "{error}");
    }
}
