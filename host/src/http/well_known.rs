//! `/.well-known/spin/`: the host's own paths.

use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use wasmtime_wasi_http::WasiBody;

use super::body;

const PREFIX: &str = "/.well-known/spin/";

/// The header by which the embedded sidecar's health check is known.
pub const SIDECAR_HEADER: &str = "duebell-sidecar";

/// How far the start has come.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    /// The components are there: what the sidecar waits for before it subscribes.
    pub(super) loaded: AtomicBool,
    /// The sidecar delivers, too.
    pub(super) complete: AtomicBool,
}

#[derive(Serialize)]
struct Info<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
}

/// Who the app is, as `/.well-known/spin/info` says it.
pub(super) fn info(name: &str, version: Option<&str>) -> String {
    serde_json::to_string_pretty(&Info { name, version }).unwrap_or_default()
}

/// The answer to one of the host's own paths; none if the path is the app's.
pub(super) fn answer(
    path: &str,
    headers: &HeaderMap,
    readiness: &Readiness,
    info: &str,
) -> Option<Response<WasiBody>> {
    Some(match path.strip_prefix(PREFIX)? {
        "health" => {
            let flag = if headers.contains_key(SIDECAR_HEADER) {
                &readiness.loaded
            } else {
                &readiness.complete
            };
            if flag.load(Ordering::Acquire) {
                body::answer(StatusCode::OK, None, "OK")
            } else {
                starting()
            }
        }
        "info" => body::answer(StatusCode::OK, Some("application/json"), info.to_owned()),
        _ => body::answer(StatusCode::NOT_FOUND, None, ""),
    })
}

/// The answer to whoever comes too early.
pub(super) fn starting() -> Response<WasiBody> {
    let mut response = body::answer(
        StatusCode::SERVICE_UNAVAILABLE,
        Some("text/plain"),
        "starting",
    );
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
