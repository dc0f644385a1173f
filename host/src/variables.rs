//! The application's variables: who may set them, and the host interface by
//! which a component reads its own.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use miette::{IntoDiagnostic, WrapErr, miette};
use wasmtime::component::{Accessor, HasData, Linker};

use crate::diagnostics::closest;
use crate::manifest::{Component, Manifest};
use crate::wit::spin::variables::variables as wit;

/// Where values come from, the strongest first: `--set`, the environment
/// (`SPIN_VARIABLE_<NAME>`), the file `.env`, the host itself. After these comes
/// the default in spin.toml.
#[derive(Debug, Default)]
pub struct Sources {
    /// `--set name=value`.
    pub set: BTreeMap<String, String>,
    /// `SPIN_VARIABLE_…` of the environment, by the full name.
    pub environment: BTreeMap<String, String>,
    /// The same of the file `.env`.
    pub env_file: BTreeMap<String, String>,
    /// What the host knows by itself: its secrets and its sidecar.
    pub host: BTreeMap<String, String>,
}

impl Sources {
    /// Reads the environment and the `.env` in `folder`, if there is one.
    ///
    /// # Errors
    ///
    /// When `.env` exists and cannot be read.
    pub fn read(folder: &Path, set: BTreeMap<String, String>) -> miette::Result<Self> {
        let path = folder.join(".env");
        let env_file = match std::fs::read_to_string(&path) {
            Ok(text) => parse_env_file(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => {
                return Err(error)
                    .into_diagnostic()
                    .wrap_err_with(|| format!("cannot read {}", path.display()));
            }
        };
        Ok(Self {
            set,
            environment: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .filter(|(name, _)| name.starts_with(PREFIX))
                .collect(),
            env_file,
            host: BTreeMap::new(),
        })
    }

    /// What the strongest of them says.
    pub(crate) fn value(&self, name: &str) -> Option<&String> {
        let upper = format!("{PREFIX}{}", name.to_ascii_uppercase());
        self.set
            .get(name)
            .or_else(|| self.environment.get(&upper))
            .or_else(|| self.env_file.get(&upper))
            .or_else(|| self.host.get(name))
    }
}

const PREFIX: &str = "SPIN_VARIABLE_";

/// Every variable of the application with its value.
#[derive(Clone)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Finds each variable's value.
    ///
    /// # Errors
    ///
    /// When a required one has none, or `--set` names one that does not exist.
    pub fn resolve(manifest: &Manifest, sources: &Sources) -> miette::Result<Self> {
        let declared = || manifest.variables.keys().map(String::as_str);
        if let Some(name) = sources
            .set
            .keys()
            .find(|name| !manifest.variables.contains_key(*name))
        {
            return Err(match closest(name, declared()) {
                Some(close) => miette!(
                    help = format!("Did you mean `{close}`?"),
                    "--set {name}: spin.toml declares no such variable"
                ),
                None => miette!(
                    help = format!("There are: {}.", declared().collect::<Vec<_>>().join(", ")),
                    "--set {name}: spin.toml declares no such variable"
                ),
            });
        }
        let mut values = BTreeMap::new();
        for (name, variable) in &manifest.variables {
            let value = sources.value(name).or(variable.default.as_ref());
            let Some(value) = value else {
                return Err(manifest
                    .file
                    .error(variable.span.clone(), format!("variable `{name}` is required and has no value"))
                    .help(format!(
                        "Give it one: `--set {name}=…`, or {PREFIX}{}=… in the environment or in .env.",
                        name.to_ascii_uppercase()
                    ))
                    .into());
            };
            values.insert(name.clone(), value.clone());
        }
        Ok(Self(values))
    }

    /// The value of an application variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The variables of one component, its templates filled in.
    pub fn of_component(&self, component: &Component) -> Arc<HashMap<String, String>> {
        Arc::new(
            component
                .variables
                .iter()
                .map(|(name, template)| (name.clone(), template.fill(|name| self.get(name))))
                .collect(),
        )
    }
}

/// Lines of `NAME=value`; `#` begins a comment, quotes around a value go.
fn parse_env_file(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='))
        .map(|(name, value)| {
            let value = value.trim();
            let bare = ['"', '\'']
                .into_iter()
                .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
            (name.trim().to_owned(), bare.unwrap_or(value).to_owned())
        })
        .collect()
}

/// A component's view of its variables.
pub struct VariablesView<'a> {
    /// Name and value.
    pub values: &'a Arc<HashMap<String, String>>,
}

/// Says to wasmtime what the interface's functions work on.
struct HasVariables;

impl HasData for HasVariables {
    type Data<'a> = VariablesView<'a>;
}

/// Adds `spin:variables` to a linker.
///
/// # Errors
///
/// When it is there already.
pub fn add_to_linker<T: Send>(
    linker: &mut Linker<T>,
    view: fn(&mut T) -> VariablesView<'_>,
) -> wasmtime::Result<()> {
    wit::add_to_linker::<T, HasVariables>(linker, view)
}

impl wit::Host for VariablesView<'_> {}

impl<T: Send> wit::HostWithStore<T> for HasVariables {
    async fn get(
        accessor: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<String, wit::Error>> {
        let is_name = !name.is_empty()
            && name.chars().all(|letter| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
            });
        if !is_name {
            return Ok(Err(wit::Error::InvalidName(name)));
        }
        let value = accessor.with(|mut store| store.get().values.get(&name).cloned());
        Ok(value.ok_or(wit::Error::Undefined(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let text = r#"
spin_manifest_version = 2
[application]
name = "app"
[variables]
level = { default = "from the default" }
secret = { required = true }
"#;
        Manifest::parse(Path::new("spin.toml"), text).unwrap()
    }

    fn one(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn the_strongest_source_wins() {
        let manifest = manifest();
        let mut sources = Sources {
            host: one("secret", "s"),
            ..Sources::default()
        };
        let mut level = |change: &dyn Fn(&mut Sources)| {
            change(&mut sources);
            let variables = Variables::resolve(&manifest, &sources).unwrap();
            variables.get("level").unwrap().to_owned()
        };
        assert_eq!(level(&|_| ()), "from the default");
        assert_eq!(
            level(&|s| drop(
                s.host
                    .insert("level".to_owned(), "from the host".to_owned())
            )),
            "from the host"
        );
        assert_eq!(
            level(&|s| s.env_file = one("SPIN_VARIABLE_LEVEL", "from .env")),
            "from .env"
        );
        assert_eq!(
            level(&|s| s.environment = one("SPIN_VARIABLE_LEVEL", "from the environment")),
            "from the environment"
        );
        assert_eq!(level(&|s| s.set = one("level", "from --set")), "from --set");
    }

    #[test]
    fn a_required_variable_without_a_value_stops_the_start() {
        let error = Variables::resolve(&manifest(), &Sources::default())
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "variable `secret` is required and has no value"
        );
        assert!(
            error
                .help()
                .unwrap()
                .to_string()
                .contains("SPIN_VARIABLE_SECRET")
        );
    }

    #[test]
    fn setting_what_does_not_exist_is_an_error() {
        let sources = Sources {
            set: one("levle", "x"),
            ..Sources::default()
        };
        let error = Variables::resolve(&manifest(), &sources).err().unwrap();
        assert_eq!(error.help().unwrap().to_string(), "Did you mean `level`?");
    }

    #[test]
    fn an_env_file_has_comments_quotes_and_exports() {
        let values = parse_env_file("# a\nA=1\nexport B = \"two words\"\nC='x=y'\nnothing\n");
        assert_eq!(values["A"], "1");
        assert_eq!(values["B"], "two words");
        assert_eq!(values["C"], "x=y");
        assert_eq!(values.len(), 3);
    }
}
