//! Reads a folder of Dapr resource files.

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, WrapErr, miette};

use super::component::{self, Component};
use super::model::Header;
use super::source::{Document, ResourceError, instead};
use super::{Resources, resiliency, subscription};

/// The largest resource file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
/// The most files that a folder may hold.
const MAX_FILES: usize = 1_000;

/// Reads every `*.yaml` and `*.yml` of the folder, in the order of their names.
pub(super) fn folder(dir: &Path, app_id: &str) -> miette::Result<Resources> {
    let mut resources = Resources::default();
    for path in files(dir)? {
        let size = std::fs::metadata(&path).map(|file| file.len()).unwrap_or(0);
        if size > MAX_FILE {
            return Err(miette!(
                "{}: is larger than 1 MiB, which no Dapr resource is",
                path.display()
            ));
        }
        let text = std::fs::read_to_string(&path)
            .into_diagnostic()
            .wrap_err_with(|| format!("{}: cannot be read", path.display()))?;
        read(&path.display().to_string(), &text, app_id, &mut resources)
            .map_err(|error| miette::Report::new(*error))?;
    }
    resources
        .check()
        .map_err(|why| miette!("{}: {why}", dir.display()))?;
    Ok(resources)
}

fn files(dir: &Path) -> miette::Result<Vec<PathBuf>> {
    let listing = std::fs::read_dir(dir).into_diagnostic().wrap_err_with(|| {
        format!(
            "{}: the folder of Dapr resources cannot be read",
            dir.display()
        )
    })?;
    let mut files = Vec::new();
    for entry in listing {
        let path = entry.into_diagnostic()?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && path.is_file() {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(miette!(
                "{}: holds more than {MAX_FILES} resource files",
                dir.display()
            ));
        }
    }
    files.sort();
    Ok(files)
}

fn read(
    file: &str,
    text: &str,
    app_id: &str,
    resources: &mut Resources,
) -> Result<(), Box<ResourceError>> {
    let documents = Document::all(file, text);
    let alone = documents.len() == 1;
    for document in &documents {
        let header: Header = document.parse()?;
        match header.kind.value.as_str() {
            "Component" => match component::read(document, &header, app_id)? {
                Some(Component::Kafka(kafka)) => resources.pubsubs.push(kafka),
                Some(Component::Cron(cron)) => resources.crons.push(cron),
                None => {}
            },
            "Subscription" => {
                resources
                    .subscriptions
                    .extend(subscription::read(document, &header, app_id)?);
            }
            "Resiliency" if !alone => {
                let message = "a Resiliency must be alone in its file: Dapr would ignore this one";
                return Err(document
                    .error(&header.kind, message, "this document")
                    .help("Move it to a file of its own."));
            }
            "Resiliency" => {
                if let Some(policies) = resiliency::read(document, &header, app_id)? {
                    resources.policies.extend(policies);
                }
            }
            other => {
                let message =
                    format!("the kind `{other}` is not implemented by the embedded sidecar");
                let known = ["Component", "Subscription", "Resiliency"];
                return Err(document
                    .error(&header.kind, message, "this kind")
                    .help(instead(other, &known)));
            }
        }
    }
    Ok(())
}
