//! From the raw file to a manifest that can be run.

mod triggers;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::{Spanned, Value};

use super::{Build, Component, Manifest, Template, Variable, raw};
use crate::diagnostics::{ConfigError, SourceFile, closest};

pub(super) fn check(file: SourceFile, folder: PathBuf) -> Result<Manifest, ConfigError> {
    let raw: raw::Manifest =
        toml::from_str(file.text()).map_err(|error| file.toml_error(&error, raw::FOREIGN))?;
    if *raw.spin_manifest_version.as_ref() != 2 {
        return Err(file
            .error(
                raw.spin_manifest_version.span(),
                "this host reads version 2 of Spin's manifest",
            )
            .help("Write `spin_manifest_version = 2`."));
    }
    let variables = variables(&file, raw.variables)?;
    let components = raw
        .component
        .into_iter()
        .map(|(id, component)| {
            kebab_case(&file, &id)?;
            let component = self::component(&file, &folder, &variables, component)?;
            Ok((id.into_inner(), component))
        })
        .collect::<Result<BTreeMap<_, _>, ConfigError>>()?;
    let triggers = triggers::triggers(&file, &components, raw.trigger.http)?;
    Ok(Manifest {
        name: raw.application.name,
        version: raw.application.version,
        variables,
        triggers,
        components,
        is_partial: false,
        folder,
        file,
    })
}

fn variables(
    file: &SourceFile,
    raw: BTreeMap<Spanned<String>, raw::Variable>,
) -> Result<BTreeMap<String, Variable>, ConfigError> {
    raw.into_iter()
        .map(|(name, variable)| {
            snake_case(file, &name)?;
            let fault = match (variable.required, &variable.default) {
                (true, Some(_)) => Some("is required and has a default: one of the two"),
                (false, None) => Some("is neither required nor has it a default"),
                _ => None,
            };
            if let Some(fault) = fault {
                return Err(file
                    .error(name.span(), format!("variable `{}` {fault}", name.as_ref()))
                    .help("Write `required = true`, or `default = \"…\"`."));
            }
            let span = name.span();
            let variable = Variable {
                default: variable.default,
                secret: variable.secret,
                span,
            };
            Ok((name.into_inner(), variable))
        })
        .collect()
}

fn component(
    file: &SourceFile,
    folder: &Path,
    known: &BTreeMap<String, Variable>,
    raw: raw::Component,
) -> Result<Component, ConfigError> {
    let source_span = raw.source.span();
    let Value::String(source) = raw.source.into_inner() else {
        return Err(file
            .error(source_span, "a component's source must be a file here")
            .help("This host fetches nothing: write the path of a .wasm file."));
    };
    let mut variables = BTreeMap::new();
    for (name, value) in raw.variables {
        snake_case(file, &name)?;
        variables.insert(name.into_inner(), template(file, known, &value)?);
    }
    let allowed_outbound_hosts = raw
        .allowed_outbound_hosts
        .into_iter()
        .map(|host| Ok((template(file, known, &host)?, host.span())))
        .collect::<Result<_, ConfigError>>()?;
    let sqlite_databases = raw
        .sqlite_databases
        .into_iter()
        .map(|label| (label.as_ref().clone(), label.span()))
        .collect();
    let build = raw.build.map(|raw| build(file, folder, raw)).transpose()?;
    let duebell = raw.tool.duebell.unwrap_or_default();
    let drain = path(file, "drain", duebell.drain)?;
    let restored = path(file, "restored", duebell.restored)?;
    let metrics = path(file, "metrics", duebell.metrics)?;
    Ok(Component {
        source: folder.join(source),
        source_span,
        variables,
        environment: raw.environment,
        allowed_outbound_hosts,
        sqlite_databases,
        build,
        drain,
        restored,
        metrics,
    })
}

/// A path of the component's own, in what is for this host.
fn path(
    file: &SourceFile,
    name: &str,
    path: Option<Spanned<String>>,
) -> Result<Option<String>, ConfigError> {
    match path {
        Some(path) if !path.get_ref().starts_with('/') => Err(file.error(
            path.span(),
            format!("{name} must be a path: it begins with a slash"),
        )),
        path => Ok(path.map(Spanned::into_inner)),
    }
}

fn build(file: &SourceFile, folder: &Path, raw: raw::Build) -> Result<Build, ConfigError> {
    let span = raw.command.span();
    let commands = match raw.command.into_inner() {
        Value::String(command) => Some(vec![command]),
        Value::Array(commands) => commands
            .into_iter()
            .map(|command| match command {
                Value::String(command) => Some(command),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    Ok(Build {
        commands: commands
            .ok_or_else(|| file.error(span, "a build command is a text, or a list of texts"))?,
        folder: raw
            .workdir
            .map_or_else(|| folder.to_owned(), |dir| folder.join(dir)),
        watch: raw.watch,
    })
}

fn template(
    file: &SourceFile,
    known: &BTreeMap<String, Variable>,
    text: &Spanned<String>,
) -> Result<Template, ConfigError> {
    let template = Template::parse(text.as_ref())
        .map_err(|_| file.error(text.span(), "a `{{` here has no `}}`"))?;
    let stranger = template.variables().find(|name| !known.contains_key(*name));
    if let Some(name) = stranger {
        let fault = file.error(text.span(), format!("there is no variable `{name}`"));
        return Err(match closest(name, known.keys().map(String::as_str)) {
            Some(name) => fault.help(format!("Did you mean `{name}`?")),
            None => fault.help(format!(
                "Declare it under [variables]: `{name} = {{ default = \"\" }}`."
            )),
        });
    }
    Ok(template)
}

fn kebab_case(file: &SourceFile, id: &Spanned<String>) -> Result<(), ConfigError> {
    named(
        file,
        id.span(),
        is_word(id.as_ref(), '-'),
        "a component's id",
        "task-api",
    )
}

fn snake_case(file: &SourceFile, name: &Spanned<String>) -> Result<(), ConfigError> {
    named(
        file,
        name.span(),
        is_word(name.as_ref(), '_'),
        "a variable's name",
        "log_level",
    )
}

fn named(
    file: &SourceFile,
    span: Range<usize>,
    right: bool,
    what: &str,
    example: &str,
) -> Result<(), ConfigError> {
    if right {
        return Ok(());
    }
    Err(file
        .error(
            span,
            format!("this can be no {}", what.trim_start_matches("a ")),
        )
        .help(format!("{what} is lower-case words, as in `{example}`.")))
}

/// Lower-case words that begin with a letter, joined by `joint`.
fn is_word(text: &str, joint: char) -> bool {
    text.split(joint).all(|word| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    })
}
