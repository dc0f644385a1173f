//! Service chaining: a component's call to another one of the app, in process.

use http::{Request, Response, Uri};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::app::AppHandle;
use crate::http::request_headers::{CHAINED_CLIENT, Matched};

/// What follows a component's id in its name as a host.
pub const SUFFIX: &str = ".spin.internal";

/// The component that an address names, if it names one.
pub fn target(uri: &Uri) -> Option<&str> {
    uri.host()?.strip_suffix(SUFFIX)
}

/// Hands a request to the component that its address names.
///
/// # Errors
///
/// `DestinationNotFound` where there is no such component; `HttpResponseIncomplete`
/// where it fails.
pub(crate) async fn dispatch(
    app: &AppHandle,
    mut request: Request<WasiBody>,
) -> Result<Response<WasiBody>, Error> {
    let id = target(request.uri()).unwrap_or_default().to_owned();
    let app = app.get().ok_or(Error::DestinationUnavailable)?;
    let Some(handler) = app.component(&id) else {
        tracing::warn!("a component called http://{id}{SUFFIX}, and the app has no such component");
        return Err(Error::DestinationNotFound);
    };
    request.headers_mut().remove(http::header::HOST);
    Matched::chained(request.uri().path()).apply(&mut request, CHAINED_CLIENT);
    handler
        .handle(request)
        .await
        .ok_or(Error::HttpResponseIncomplete)
}
