//! Building the components, with the commands that spin.toml names.
//!
//! A component whose watched files are all older than its last build is not
//! built again. The folder of build marks and of compiled components is
//! `target/components/.cache` under the app's folder, so that a new state folder
//! starts as fast as an old one.

mod command;
mod progress;
mod toolchain;
mod watch;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use miette::{IntoDiagnostic, WrapErr};

use self::progress::Progress;
use crate::manifest::{Build, Component, Manifest};

/// Where build marks and compiled components are kept.
pub fn cache_folder(app_folder: &Path) -> PathBuf {
    app_folder.join("target/components/.cache")
}

/// Builds what needs to be built, one component after the other.
///
/// # Errors
///
/// When a build fails; what it printed is then on standard error.
pub fn build_all(manifest: &Manifest) -> miette::Result<()> {
    build_all_to(manifest, &mut std::io::stderr())
}

fn build_all_to(manifest: &Manifest, output: &mut dyn Write) -> miette::Result<()> {
    let cache = cache_folder(&manifest.folder);
    if !manifest
        .components
        .iter()
        .any(|(id, component)| needs_build(&cache, &manifest.folder, id, component))
    {
        return Ok(());
    }
    fs::create_dir_all(&cache)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot make the folder {}", cache.display()))?;
    // One process builds; the others find it done.
    let lock = File::create(cache.join("build.lock")).into_diagnostic()?;
    lock.lock().into_diagnostic()?;
    for (id, component) in &manifest.components {
        if let Some(build) = &component.build
            && needs_build(&cache, &manifest.folder, id, component)
        {
            self::build(&cache, id, build, output)?;
        }
    }
    Ok(())
}

fn build(cache: &Path, id: &str, build: &Build, output: &mut dyn Write) -> miette::Result<()> {
    toolchain::prepare(build)?;
    let started = crate::clock::system_time();
    let mut progress = Progress::start(id);
    for text in &build.commands {
        command::run(id, text, &build.folder, &mut progress, output)?;
    }
    progress.finish();
    write_mark(&mark(cache, id), build, started)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write to {}", cache.display()))
}

/// Whether the component's file is missing, or older than what it is made of.
fn needs_build(cache: &Path, app_folder: &Path, id: &str, component: &Component) -> bool {
    let Some(build) = &component.build else {
        return false;
    };
    if build.watch.is_empty() {
        return true;
    }
    let mark = mark(cache, id);
    if fs::read_to_string(&mark).is_ok_and(|commands| commands != build.commands.join("\n")) {
        return true;
    }
    let Some(file) = modified(&component.source) else {
        return true;
    };
    // Cargo leaves a file alone that would not change: the mark is then newer.
    let built = modified(&mark).map_or(file, |mark| mark.max(file));
    watch::newest(app_folder, &build.watch).is_none_or(|changed| changed >= built)
}

fn mark(cache: &Path, id: &str) -> PathBuf {
    cache.join(format!("{id}.built"))
}

/// Notes a build: what was run, and, as the file's time, when it began. (What
/// changed during the build counts as changed.)
fn write_mark(path: &Path, build: &Build, started: SystemTime) -> std::io::Result<()> {
    fs::write(path, build.commands.join("\n"))?;
    File::options()
        .write(true)
        .open(path)?
        .set_modified(started)
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|it| it.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(folder: &Path, command: &str) -> Manifest {
        let text = format!(
            "spin_manifest_version = 2\n[application]\nname = \"app\"\n[component.one]\nsource = \"one.wasm\"\n[component.one.build]\ncommand = \"{command}\"\nwatch = [\"src/**/*.rs\"]\n"
        );
        fs::create_dir_all(folder.join("src/deep")).unwrap();
        fs::write(folder.join("src/deep/a.rs"), "").unwrap();
        Manifest::parse(&folder.join("spin.toml"), &text).unwrap()
    }

    fn build(manifest: &Manifest) {
        build_all_to(manifest, &mut std::io::sink()).unwrap();
    }

    /// How often the component was built.
    fn builds(folder: &Path) -> usize {
        fs::read_to_string(folder.join("one.wasm")).map_or(0, |text| text.lines().count())
    }

    #[test]
    fn a_component_is_built_once_until_something_changes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let manifest = app(folder, "echo built >> one.wasm");
        build(&manifest);
        build(&manifest);
        assert_eq!(builds(folder), 1);

        let later = crate::clock::system_time() + std::time::Duration::from_secs(60);
        let source = File::options()
            .write(true)
            .open(folder.join("src/deep/a.rs"))
            .unwrap();
        source.set_modified(later).unwrap();
        build(&manifest);
        assert_eq!(builds(folder), 2);
    }

    #[test]
    fn another_command_builds_again() {
        let folder = tempfile::tempdir().unwrap();
        build(&app(folder.path(), "echo built >> one.wasm"));
        let source = File::options()
            .write(true)
            .open(folder.path().join("src/deep/a.rs"))
            .unwrap();
        source.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        build(&app(folder.path(), "echo other >> one.wasm"));
        assert_eq!(builds(folder.path()), 2);
    }

    #[test]
    fn a_failing_build_shows_what_it_printed() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = app(folder.path(), "echo error: no such thing >&2; exit 3");
        let mut output = Vec::new();
        let error = build_all_to(&manifest, &mut output).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("component `one` cannot be built")
        );
        assert_eq!(String::from_utf8(output).unwrap(), "error: no such thing\n");
    }
}
