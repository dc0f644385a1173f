//! `GET /v1.0/healthz` and `GET /v1.0/healthz/outbound`.

use http::StatusCode;

use super::State;
use super::errors::{Answer, no_content, plain};
use super::query;

/// 204 once the app was there; publishing works before.
pub(crate) fn healthz(state: &State, query: &str) -> Answer {
    if !state.is_ready() {
        let message = "dapr is not ready: [runtime]";
        return plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ERR_HEALTH_NOT_READY",
            message,
        );
    }
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name == "appid" && query::decode(value, true) != state.app_id {
            let message = "dapr app-id does not match";
            return plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "ERR_HEALTH_APPID_NOT_MATCH",
                message,
            );
        }
    }
    no_content()
}

/// 204: whoever gets an answer at all can publish.
pub(crate) fn outbound() -> Answer {
    no_content()
}
