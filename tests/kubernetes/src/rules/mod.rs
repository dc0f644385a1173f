//! What must hold between the manifests, spin.toml and deploy/dapr.

mod annotations;
mod apps;
mod broker;
mod databases;
mod exposure;
mod labels;
mod login;
mod monitoring;
mod network;
mod pods;
mod references;
mod scaling;
mod sidecar;
mod variables;

use crate::{Finding, Overlay, Project};

/// Holds an overlay to all of them.
pub(crate) fn check(project: &Project, overlay: &Overlay, into: &mut Vec<Finding>) {
    for rule in [
        annotations::check,
        apps::check,
        broker::check,
        databases::check,
        exposure::check,
        labels::check,
        login::check,
        network::check,
        pods::check,
        references::check,
        scaling::check,
        sidecar::check,
        variables::check,
    ] {
        into.extend(rule(project, overlay));
    }
}

/// Holds what is in no overlay.
pub(crate) fn check_beside(project: &Project, into: &mut Vec<Finding>) {
    into.extend(monitoring::check(project));
    into.extend(broker::check_redpanda(project));
    into.extend(databases::check_roles(project));
}
