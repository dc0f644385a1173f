//! What Rust needs before it can build components.

use std::path::PathBuf;
use std::process::Command;

use miette::miette;

use super::command;
use crate::manifest::Build;

const TARGET: &str = "wasm32-wasip2";

/// Adds the compiler's target for components, where a build needs it and it is
/// missing.
pub(super) fn prepare(build: &Build) -> miette::Result<()> {
    let wants_it = build
        .commands
        .iter()
        .any(|command| command.contains(TARGET));
    if !wants_it || has_target(build) {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", TARGET])
        .current_dir(&build.folder);
    command::clean(&mut rustup);
    let added = rustup.status().is_ok_and(|status| status.success());
    if added && has_target(build) {
        return Ok(());
    }
    Err(miette!(
        help = format!("Type: rustup target add {TARGET}"),
        "Rust cannot build components yet: its target {TARGET} is missing, and rustup did not add it"
    ))
}

fn has_target(build: &Build) -> bool {
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--print", "sysroot"])
        .current_dir(&build.folder);
    command::clean(&mut rustc);
    let Ok(output) = rustc.output() else {
        return false;
    };
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    sysroot.join("lib/rustlib").join(TARGET).is_dir()
}
