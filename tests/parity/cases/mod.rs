//! The cases, by what they are about.

mod bindings;
mod bulk_deliveries;
mod bulk_publish;
mod cloud_events;
mod dead_letters;
mod discovery;
mod envelope;
mod health;
mod job_failures;
mod job_refusals;
mod job_runs;
mod jobs;
mod metadata;
mod order;
mod outages;
mod publish_errors;
mod replies;
mod retries;
mod routes;
mod traces;
mod words;

use crate::case::Case;

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    let groups = [
        bindings::cases(),
        bulk_deliveries::cases(),
        bulk_publish::cases(),
        cloud_events::cases(),
        dead_letters::cases(),
        discovery::cases(),
        envelope::cases(),
        metadata::cases(),
        health::cases(),
        job_failures::cases(),
        job_refusals::cases(),
        job_runs::cases(),
        jobs::cases(),
        order::cases(),
        outages::cases(),
        publish_errors::cases(),
        replies::cases(),
        retries::cases(),
        routes::cases(),
        traces::cases(),
    ];
    groups.into_iter().flatten().collect()
}
