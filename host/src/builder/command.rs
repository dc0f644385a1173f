//! Running one build command.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use miette::{IntoDiagnostic, WrapErr, miette};

use super::progress::Progress;

/// How many lines of a failing build are shown: the last ones.
const MAX_LINES: usize = 400;

/// Runs a command of the component `id` in the shell.
///
/// # Errors
///
/// When it cannot be run or fails; what it printed is then written to `output`.
pub(super) fn run(
    id: &str,
    text: &str,
    folder: &Path,
    progress: &mut Progress,
    output: &mut dyn Write,
) -> miette::Result<()> {
    let mut command = shell(text);
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    clean(&mut command);
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .spawn()
        .into_diagnostic()
        .wrap_err_with(|| format!("component `{id}` cannot be built: cannot run `{text}`"))?;
    let mut lines = VecDeque::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if progress.line(&line) {
                continue;
            }
            if lines.len() == MAX_LINES {
                lines.pop_front();
            }
            lines.push_back(line);
        }
    }
    let status = child.wait().into_diagnostic()?;
    if status.success() {
        return Ok(());
    }
    progress.abandon();
    for line in lines {
        // Not a part of the error: that would be wrapped, and these lines are not.
        let _ = writeln!(output, "{line}");
    }
    Err(miette!(
        help = format!("The command was: {text}"),
        "component `{id}` cannot be built ({status})"
    ))
}

#[cfg(not(windows))]
fn shell(text: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", text]);
    command
}

#[cfg(windows)]
fn shell(text: &str) -> Command {
    let mut command = Command::new("cmd");
    command.args(["/C", text]);
    command
}

/// Takes out of the command's environment what an outer `cargo run` or
/// `cargo test` left there, and flags that are meant for native code. The chosen
/// toolchain (`RUSTUP_TOOLCHAIN`) stays.
pub(super) fn clean(command: &mut Command) {
    const NAMES: &[&str] = &[
        "CARGO",
        "CARGO_CRATE_NAME",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_MAKEFLAGS",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_LINKS",
        "CARGO_MANIFEST_PATH",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_DIR",
        "CARGO_TARGET_TMPDIR",
        "MAKEFLAGS",
        "MFLAGS",
        "OUT_DIR",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTFLAGS",
    ];
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        if NAMES.contains(&name)
            || name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_BIN_EXE_")
            || name.starts_with("CARGO_CFG_")
            || name.starts_with("CARGO_FEATURE_")
        {
            command.env_remove(name);
        }
    }
}
