//! The app's manifest, spin.toml, version 2.
//!
//! The whole file is checked before anything is started. What a real Spin knows
//! and this host does not have is named, never ignored.

mod check;
mod raw;
mod route;
mod subset;
mod template;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use miette::{IntoDiagnostic, WrapErr};

pub use self::route::{Route, Segment};
pub use self::template::Template;
use crate::diagnostics::{ConfigError, SourceFile};

/// A checked spin.toml.
#[derive(Debug)]
pub struct Manifest {
    /// The file itself, for faults that are found later.
    pub file: SourceFile,
    /// The folder of spin.toml; paths in it are relative to it.
    pub folder: PathBuf,
    /// The application's name.
    pub name: String,
    /// The application's version, if it has one.
    pub version: Option<String>,
    /// The application's variables by name.
    pub variables: BTreeMap<String, Variable>,
    /// The HTTP triggers, in the file's order.
    pub triggers: Vec<Trigger>,
    /// The components by id.
    pub components: BTreeMap<String, Component>,
    /// Whether components of the file were left out: see [`Manifest::keep`].
    pub is_partial: bool,
}

/// A variable of the application.
#[derive(Debug)]
pub struct Variable {
    /// Its value where nobody gives another one; none if it is required.
    pub default: Option<String>,
    /// Whether its value is never shown.
    pub secret: bool,
    /// Where it is declared.
    pub span: Range<usize>,
}

/// An HTTP trigger.
#[derive(Debug)]
pub struct Trigger {
    /// Its route, or none where the component is private: reachable by service
    /// chaining alone.
    pub route: Option<Route>,
    /// What answers.
    pub target: Target,
}

/// What answers a request.
#[derive(Debug)]
pub enum Target {
    /// The component with this id.
    Component(String),
    /// An answer that is written in spin.toml.
    Static(StaticResponse),
}

/// An answer that needs no component.
#[derive(Clone, Debug)]
pub struct StaticResponse {
    /// The status; 200 if none is given.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A component.
#[derive(Debug)]
pub struct Component {
    /// The component's file.
    pub source: PathBuf,
    /// Where `source` is written.
    pub source_span: Range<usize>,
    /// Its variables: templates over the application's.
    pub variables: BTreeMap<String, Template>,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// Whom it may call, each with its place in the file.
    pub allowed_outbound_hosts: Vec<(Template, Range<usize>)>,
    /// The labels of its databases, each with its place in the file.
    pub sqlite_databases: Vec<(String, Range<usize>)>,
    /// How it is built, where the file says so.
    pub build: Option<Build>,
    /// The path that takes an empty POST, with the app's token, before the host stops:
    /// `drain` in `[component.<id>.tool.duebell]`.
    pub drain: Option<String>,
    /// The path that takes one when the databases are those of a backup: `restored` there.
    pub restored: Option<String>,
    /// The path that gives the component's metrics, with the app's token: `metrics`
    /// there.
    pub metrics: Option<String>,
}

/// How a component is built.
#[derive(Clone, Debug)]
pub struct Build {
    /// Commands for the shell, one after the other.
    pub commands: Vec<String>,
    /// Where they run.
    pub folder: PathBuf,
    /// Patterns of the files that the component is made of; without any, it is
    /// built each time.
    pub watch: Vec<String>,
}

impl Manifest {
    /// Reads and checks the manifest of an app: `from` is spin.toml or its
    /// folder.
    ///
    /// # Errors
    ///
    /// When there is no such file, or anything in it is wrong.
    pub fn load(from: &Path) -> miette::Result<Self> {
        let path = if from.is_dir() {
            from.join("spin.toml")
        } else {
            from.to_owned()
        };
        let text = std::fs::read_to_string(&path)
            .into_diagnostic()
            .wrap_err_with(|| {
                format!(
                    "There is no app: cannot read {}. Go to the app's folder, or name it with --from",
                    path.display()
                )
            })?;
        Ok(Self::parse(&path, &text)?)
    }

    /// Checks the text of a spin.toml that is (or would be) at `path`.
    ///
    /// # Errors
    ///
    /// The first fault that is found.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        check::check(SourceFile::new(path, text), folder)
    }
}
