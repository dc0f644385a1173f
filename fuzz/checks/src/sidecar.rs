//! What is asked of the embedded sidecar: events to be published, and jobs.

use crate::{lines, now};
use duebell_host::sidecar::fuzzing;

/// The input as two lines: a job's name or a content type, and the body of a request.
pub fn sidecar(input: &[u8]) {
    let [first, body] = lines(input);
    let Ok(first) = std::str::from_utf8(first) else {
        return;
    };
    fuzzing::job(first, body, now());
    fuzzing::publish(first, body, now());
    fuzzing::bulk(body);
    fuzzing::durations(first);
}
