//! Python with what the contract's programs need, in the cache of the real servers.

use crate::harness::{cached, project, run};
use std::{path::PathBuf, process::Command};

/// What is installed from PyPI.
const PACKAGES: [&str; 4] = [
    "dapr==1.19.0",
    "fastapi==0.165.0",
    "pydantic==2.14.4",
    "uvicorn==0.54.0",
];

/// A program of this folder, ready to be run.
pub(crate) fn python(program: &str, arguments: &[&str], environment: &[(&str, String)]) -> Command {
    let mut command = Command::new("python3");
    command
        .arg(program)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env("PYTHONPATH", packages())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(project().join("tests/foreigners"));
    command
}

/// The folder that they are in.
fn packages() -> PathBuf {
    cached("python-contract-1", |folder| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"])
            .arg(folder)
            .args(PACKAGES);
        run("python3", "Python 3.11 with pip", &mut pip);
    })
}
