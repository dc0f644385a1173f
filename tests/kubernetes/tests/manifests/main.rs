//! deploy/kubernetes is sound, and mistakes in it are found: some are planted in copies.
//!
//! The definitions of what SpinKube, Dapr, KEDA and Strimzi add to Kubernetes are looked
//! for in `../shared/crds` beside the project, or where `DUEBELL_CRDS` says. Without them
//! this says what it did not check.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod planted;

use duebell_manifests::{Definitions, Finding, Kustomize, Project, check};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

#[test]
fn the_manifests_are_sound() {
    let definitions = definitions();
    if definitions.is_none() {
        not_checked("the fields of SpinKube's, Dapr's, KEDA's and Strimzi's resources");
    }
    let project = Project::read(root()).unwrap();
    let findings = check(&project, &kustomize(), definitions.as_ref()).unwrap();
    let told: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(told.is_empty(), "\n{}\n", told.join("\n"));
}

/// What is wrong in one overlay of the project in this folder.
fn findings_in(
    folder: &Path,
    overlay: &'static str,
    definitions: Option<&Definitions>,
) -> Vec<Finding> {
    let project = Project::read(folder).unwrap().only(overlay);
    check(&project, &kustomize(), definitions).unwrap()
}

fn kustomize() -> Kustomize {
    Kustomize::install().unwrap()
}

fn definitions() -> Option<Definitions> {
    let beside = || root().join("../shared/crds");
    let folder = std::env::var_os("DUEBELL_CRDS").map_or_else(beside, PathBuf::from);
    Definitions::read(&folder).unwrap()
}

/// Says so past the test's captured output: nobody must take it for done.
fn not_checked(what: &str) {
    let _ = writeln!(
        std::io::stderr(),
        "NOT CHECKED: {what}; there are no definitions in ../shared/crds, nor where DUEBELL_CRDS says"
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
}
