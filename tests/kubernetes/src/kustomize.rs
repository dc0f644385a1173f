//! kustomize, by `go install`, in the cache of the other suites: `DUEBELL_CACHE`, or
//! `duebell` in the user's cache folder.

use crate::Trouble;
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

const MODULE: &str = "sigs.k8s.io/kustomize/kustomize/v5";
const VERSION: &str = "v5.8.1";

/// The program.
#[derive(Debug)]
pub struct Kustomize(PathBuf);

impl Kustomize {
    /// Installs it at its first use, which takes Go 1.24 or newer and a minute.
    ///
    /// # Errors
    /// If it cannot be installed.
    pub fn install() -> Result<Self, Trouble> {
        let cache = cache()?;
        let failed = |error: std::io::Error| format!("{}: {error}", cache.display());
        std::fs::create_dir_all(&cache).map_err(failed)?;
        let name = format!("kustomize-{VERSION}");
        // Whoever comes at the same time waits.
        let lock = File::create(cache.join(format!("{name}.lock"))).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let folder = cache.join(&name);
        if !folder.exists() {
            let draft = cache.join(format!("{name}.draft"));
            std::fs::create_dir_all(&draft).map_err(failed)?;
            let output = Command::new("go")
                .args(["install", &format!("{MODULE}@{VERSION}")])
                .env("GOBIN", &draft)
                .output()
                .map_err(|error| format!("kustomize needs Go to be installed: {error}"))?;
            if !output.status.success() {
                return Err(format!(
                    "go install {MODULE}@{VERSION}: {}",
                    String::from_utf8_lossy(&output.stderr)
                ));
            }
            // When it is whole, so that one that was broken off is made anew.
            std::fs::rename(&draft, &folder).map_err(failed)?;
        }
        Ok(Self(folder.join("kustomize")))
    }

    /// What it makes of a folder, or why it makes nothing of it.
    pub(crate) fn build(&self, folder: &Path) -> Result<Result<String, String>, Trouble> {
        let output = Command::new(&self.0)
            .arg("build")
            .arg(folder)
            .output()
            .map_err(|error| format!("{}: {error}", self.0.display()))?;
        Ok(if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        })
    }
}

fn cache() -> Result<PathBuf, Trouble> {
    let named = std::env::var_os("DUEBELL_CACHE").map(PathBuf::from);
    let xdg = || Some(PathBuf::from(std::env::var_os("XDG_CACHE_HOME")?).join("duebell"));
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/duebell"));
    named
        .or_else(xdg)
        .or_else(home)
        .ok_or_else(|| "HOME or DUEBELL_CACHE must name a folder for kustomize".to_owned())
}
