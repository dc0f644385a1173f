//! `GET /openapi.json` and `GET /asyncapi.json`: generated from the types that
//! serve, kept in docs/, and held to both by tests.

use bytes::Bytes;
use http::{HeaderValue, Response, header};

pub(crate) fn openapi() -> Response<Bytes> {
    document(include_bytes!("../../../../docs/openapi.json"))
}

pub(crate) fn asyncapi() -> Response<Bytes> {
    document(include_bytes!("../../../../docs/asyncapi.json"))
}

fn document(json: &'static [u8]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(json));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    // Documents are for any page to read.
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}
