//! The sidecar's files: Dapr's resources.

use duebell_host::sidecar::Resources;

/// The input as a file of Dapr resources: it is taken, or what is wrong is said.
pub fn resources(input: &[u8]) {
    if std::str::from_utf8(input).is_err() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("resource.yaml"), input).expect("a file");
    if let Err(report) = Resources::load(folder.path(), "duebell") {
        // As it is shown to somebody, with the place in the file.
        assert!(!format!("{report:?}").is_empty());
    }
}
