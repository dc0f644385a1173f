//! runtime-config.toml: where the databases are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, WrapErr};
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostics::{ConfigError, SourceFile};
use crate::manifest::Manifest;

/// What a real Spin's runtime configuration may hold and this host does not
/// have.
const FOREIGN: &[&str] = &[
    "state_dir",
    "log_dir",
    "key_value_store",
    "variables_provider",
    "variable_provider",
    "config_provider",
    "llm_compute",
    "outbound_http",
    "outbound_networking",
    "outbound_pg",
    "outbound_mysql",
    "outbound_mqtt",
    "outbound_redis",
    "client_tls",
    "telemetry",
    "max_instance_memory",
    "url",
    "token",
];

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    sqlite_database: BTreeMap<String, RawDatabase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDatabase {
    #[serde(rename = "type")]
    kind: Spanned<String>,
    path: Option<PathBuf>,
}

/// The file of each database, by label.
pub struct RuntimeConfig {
    databases: BTreeMap<String, Option<PathBuf>>,
    name: Option<PathBuf>,
}

impl RuntimeConfig {
    /// Reads the file that was named, or else `runtime-config.toml` beside
    /// spin.toml where there is one.
    ///
    /// # Errors
    ///
    /// When the named file does not exist, or anything in it is wrong.
    pub fn load(named: Option<&Path>, app_folder: &Path) -> miette::Result<Self> {
        let beside = app_folder.join("runtime-config.toml");
        let path = match named {
            Some(path) => path,
            None if beside.exists() => &beside,
            None => {
                return Ok(Self {
                    databases: BTreeMap::new(),
                    name: None,
                });
            }
        };
        let text = std::fs::read_to_string(path)
            .into_diagnostic()
            .wrap_err_with(|| {
                format!("cannot read the runtime configuration {}", path.display())
            })?;
        Ok(Self::parse(path, &text)?)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let file = SourceFile::new(path, text);
        let raw: Raw = toml::from_str(text).map_err(|error| file.toml_error(&error, FOREIGN))?;
        let databases = raw
            .sqlite_database
            .into_iter()
            .map(|(label, database)| {
                if database.kind.as_ref() != "spin" {
                    return Err(file
                        .error(
                            database.kind.span(),
                            format!(
                                "this host has no databases of type `{}`",
                                database.kind.as_ref()
                            ),
                        )
                        .help("Write `type = \"spin\"` and the `path` of a file."));
                }
                Ok((label, database.path))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            databases,
            name: Some(path.to_owned()),
        })
    }

    /// The files of all databases that the app names. A path that begins with
    /// `.duebell/` is in the state folder in use; another relative one is
    /// relative to the working folder, as in Spin.
    ///
    /// # Errors
    ///
    /// When a component names a label that has no database.
    pub fn databases(
        &self,
        manifest: &Manifest,
        state: &Path,
    ) -> Result<BTreeMap<String, PathBuf>, ConfigError> {
        let mut files = BTreeMap::new();
        for component in manifest.components.values() {
            for (label, span) in &component.sqlite_databases {
                let path = match self.databases.get(label) {
                    Some(Some(path)) => match path.strip_prefix(crate::state::DEFAULT_FOLDER) {
                        Ok(inside) => state.join(inside),
                        Err(_) => path.clone(),
                    },
                    Some(None) => state.join(format!("{label}.db")),
                    None if label == "default" => state.join("sqlite_db.db"),
                    None => return Err(self.missing(manifest, label, span.clone())),
                };
                files.insert(label.clone(), path);
            }
        }
        Ok(files)
    }

    fn missing(
        &self,
        manifest: &Manifest,
        label: &str,
        span: std::ops::Range<usize>,
    ) -> ConfigError {
        let file = match &self.name {
            Some(name) => format!("{}", name.display()),
            None => "a file runtime-config.toml beside spin.toml".to_owned(),
        };
        manifest
            .file
            .error(span, format!("nothing says where the database `{label}` is"))
            .help(format!(
                "Add to {file}:\n\n[sqlite_database.{label}]\ntype = \"spin\"\npath = \".duebell/{label}.db\""
            ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = r#"
spin_manifest_version = 2
[application]
name = "app"
[component.one]
source = "one.wasm"
sqlite_databases = ["default", "tasks"]
"#;

    fn files(config: &str) -> Result<BTreeMap<String, PathBuf>, ConfigError> {
        let manifest = Manifest::parse(Path::new("spin.toml"), APP)?;
        RuntimeConfig::parse(Path::new("rc.toml"), config)?
            .databases(&manifest, Path::new("/state"))
    }

    #[test]
    fn a_path_in_the_default_state_folder_is_kept_in_the_one_in_use() {
        let inside =
            files("[sqlite_database.tasks]\ntype = \"spin\"\npath = \".duebell/t.db\"").unwrap();
        assert_eq!(inside["tasks"], Path::new("/state/t.db"));
        assert_eq!(inside["default"], Path::new("/state/sqlite_db.db"));
        let outside =
            files("[sqlite_database.tasks]\ntype = \"spin\"\npath = \"data/t.db\"").unwrap();
        assert_eq!(outside["tasks"], Path::new("data/t.db"));
    }

    #[test]
    fn a_label_without_a_database_says_what_to_add() {
        let error = files("").unwrap_err();
        assert_eq!(
            error.to_string(),
            "nothing says where the database `tasks` is"
        );
        assert_eq!(error.line(), 7);
        assert!(error.advice().unwrap().contains("[sqlite_database.tasks]"));
    }

    #[test]
    fn what_only_a_real_spin_has_is_named() {
        let error = files("[key_value_store.x]\ntype = \"spin\"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`key_value_store` is a part of Spin that this host does not have"
        );
        let error = files("[sqlite_database.tasks]\ntype = \"libsql\"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "this host has no databases of type `libsql`"
        );
        assert_eq!(error.line(), 2);
    }
}
