//! The host's own files: spin.toml and runtime-config.toml.

use duebell_host::diagnostics::ConfigError;
use duebell_host::manifest::Manifest;
use duebell_host::runtime_config::RuntimeConfig;
use std::path::Path;

/// The input as a manifest, and as a runtime configuration: what is wrong is said with
/// its line.
pub fn manifests(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Err(error) = Manifest::parse(Path::new("spin.toml"), text) {
        says_where(&error, text);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("runtime-config.toml");
    std::fs::write(&path, text).expect("a file");
    if let Err(report) = RuntimeConfig::load(Some(&path), folder.path())
        && let Some(error) = report.downcast_ref::<ConfigError>()
    {
        says_where(error, text);
    }
}

fn says_where(error: &ConfigError, text: &str) {
    assert!(!error.to_string().is_empty());
    let last = text.matches('\n').count() + 1;
    assert!(
        (1..=last).contains(&error.line()),
        "{} of {last}",
        error.line()
    );
}
