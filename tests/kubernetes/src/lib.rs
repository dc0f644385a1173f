//! Holds `deploy/kubernetes/`, as kustomize builds it, to the definitions of its
//! resources, and to what `spin.toml` and `deploy/dapr/` say. No cluster is needed.
//!
//! What it never does: run what it looks at. It knows nothing of the components but their
//! ids, routes and variables.

mod core;
mod definitions;
mod finding;
mod json;
mod kustomize;
mod overlay;
mod project;
mod rights;
mod rules;
mod schema;
mod scripts;
mod spin;

pub use definitions::Definitions;
pub use finding::{Finding, Rule};
pub use kustomize::Kustomize;
pub use overlay::{Overlay, Resource};
pub use project::Project;

/// What could not be looked at all: it is no finding.
pub type Trouble = String;

/// Everything that is wrong in a project.
///
/// Without definitions, resources that Kubernetes itself does not have are held to the
/// rules, but not to their definitions.
///
/// # Errors
/// If the project cannot be read.
pub fn check(
    project: &Project,
    kustomize: &Kustomize,
    definitions: Option<&Definitions>,
) -> Result<Vec<Finding>, Trouble> {
    let mut findings = Vec::new();
    for folder in project.bases() {
        match kustomize.build(&project.file(folder))? {
            Ok(text) => {
                let resources = overlay::resources(folder, &text)?;
                shapes(&resources, definitions, &mut findings);
            }
            Err(why) => findings.push(Finding::unbuilt(folder, &why)),
        }
    }
    for overlay in project.overlays() {
        match kustomize.build(&project.file(&overlay.folder()))? {
            Ok(text) => {
                let overlay = overlay.with(overlay::resources(&overlay.folder(), &text)?);
                shapes(&overlay.resources, definitions, &mut findings);
                rules::check(project, &overlay, &mut findings);
            }
            Err(why) => findings.push(Finding::unbuilt(&overlay.folder(), &why)),
        }
    }
    rules::check_beside(project, &mut findings);
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// Holds each resource to its definition.
fn shapes(resources: &[Resource], definitions: Option<&Definitions>, into: &mut Vec<Finding>) {
    for resource in resources {
        let faults = match core::faults(resource) {
            core::Held::To(faults) => faults,
            core::Held::Unknown => match definitions {
                Some(definitions) => definitions.faults(resource),
                None => continue,
            },
        };
        for fault in faults {
            into.push(Finding {
                rule: Rule::Definition,
                place: resource.place(),
                what: fault,
                remedy: "kubectl explain says what it has".to_owned(),
            });
        }
    }
}
