//! Spin's requests and answers as `http`'s.

use crate::failure::in_trace;
use crate::protection::protect;
use crate::streaming::{Answer, Closed, Pour, Sink};
use bytes::{Bytes, BytesMut};
use duebell_service::{
    Clock, Logger, Problem, SystemEntropy, TraceContext,
    auth::{MIN_SECRET, SharedSecret},
    log::{Sink as _, Stderr},
};
use duebell_store::{Backend, LocalFuture, postgres::SpinPostgres, spin::SpinSqlite};
use futures::StreamExt;
use http::{HeaderMap, Request, Response, header};
use spin_sdk::{
    http::{FullBody, IntoResponse, body::IncomingBodyExt},
    wasip3::{
        http::types::{ErrorCode, Fields, Response as WasiResponse},
        http_compat::{BodyWriter, IncomingBody, IncomingMessage},
        wit_bindgen::StreamWriter,
    },
};
use std::{cell::OnceCell, rc::Rc, thread::LocalKey};

/// How much of a body that is too long is read and thrown away, in bytes, before
/// the answer: a client that is still sending would not read it.
const MOST_DISCARDED: usize = 8 * 1024 * 1024;

/// What an instance makes once, for all of its requests. It holds no user's state.
pub type Slot<A> = OnceCell<Rc<A>>;

/// What is in the slot, made on first use.
///
/// # Errors
/// Why it cannot be made. The next request tries again.
pub async fn once<A>(
    slot: &'static LocalKey<Slot<A>>,
    make: impl Future<Output = Result<A, String>>,
) -> Result<Rc<A>, String> {
    if let Some(made) = slot.with(|slot| slot.get().cloned()) {
        return Ok(made);
    }
    let made = Rc::new(make.await?);
    // Another request may have been quicker.
    Ok(slot.with(|slot| Rc::clone(slot.get_or_init(|| made))))
}

/// Has the component answer a request whose body is as long as `limit` allows, in
/// bytes.
pub async fn serve<A>(
    component: &str,
    app: Result<Rc<A>, String>,
    request: spin_sdk::http::Request,
    limit: impl FnOnce(&A, &HeaderMap) -> usize,
    handle: impl AsyncFnOnce(&A, Request<Bytes>) -> Response<Bytes>,
) -> Response<FullBody<Bytes>> {
    let app = match app {
        Ok(app) => app,
        Err(cause) => {
            // There is no logger yet.
            let trace = TraceContext::from_headers(request.headers(), &SystemEntropy);
            let trace_id = trace.trace_id();
            Stderr.line(&format!(
                "{component} cannot start: {cause} (trace {trace_id})"
            ));
            return refused(Problem::internal(), trace);
        }
    };
    let limit = limit(&app, request.headers());
    let (head, body) = request.into_parts();
    match read(&head.headers, body, limit).await {
        Ok(body) => answer(handle(&app, Request::from_parts(head, body)).await),
        Err(problem) => {
            let trace = TraceContext::from_headers(&head.headers, &SystemEntropy);
            refused(problem, trace)
        }
    }
}

/// The component's database: the Postgres database that its variable `database` names, or
/// if that is empty, the SQLite database of this label.
///
/// # Errors
/// The variable holds something else; what, is not told, since it may be a secret.
pub async fn database(label: &'static str) -> Result<Box<dyn Backend>, String> {
    let address = variable("database").await?;
    let schemes = ["postgres://", "postgresql://"];
    if address.is_empty() {
        Ok(Box::new(SpinSqlite::new(label)))
    } else if schemes.iter().any(|scheme| address.starts_with(scheme)) {
        Ok(Box::new(SpinPostgres::new(address)))
    } else {
        Err(format!(
            "the variable {label}_database is no address of a Postgres database; write \
             postgres://user:password@host:port/name, or leave it empty to use SQLite"
        ))
    }
}

/// The answer to what no app has seen.
fn refused(problem: Problem, trace: TraceContext) -> Response<FullBody<Bytes>> {
    let problem = problem.with_trace_id(trace.trace_id());
    answer(in_trace(problem.into_response(), trace))
}

/// The same for a component some of whose answers go on.
///
/// # Errors
/// The answer's headers are none.
pub async fn serve_streams<A>(
    component: &str,
    app: Result<Rc<A>, String>,
    request: spin_sdk::http::Request,
    limit: impl FnOnce(&A, &HeaderMap) -> usize,
    handle: impl AsyncFnOnce(&A, Request<Bytes>) -> Answer,
) -> Result<WasiResponse, ErrorCode> {
    let mut rest = None;
    let response = serve(
        component,
        app,
        request,
        limit,
        async |app, request| match handle(app, request).await {
            Answer::Whole(response) => response,
            Answer::Streamed(head, pour) => {
                rest = Some(pour);
                head.map(|()| Bytes::new())
            }
        },
    )
    .await;
    match rest {
        None => response.into_response(),
        Some(pour) => streamed(&response, pour),
    }
}

/// An answer whose body is written after its beginning has gone out.
fn streamed<B>(head: &Response<B>, pour: Pour) -> Result<WasiResponse, ErrorCode> {
    let headers = head.headers().iter();
    let headers: Vec<(String, Vec<u8>)> = headers
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect();
    let headers = Fields::from_list(&headers)
        .map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
    let (writer, body, trailers) = BodyWriter::new();
    let (response, _sent) = WasiResponse::new(headers, Some(body), trailers);
    response
        .set_status_code(head.status().as_u16())
        .map_err(|()| ErrorCode::InternalError(Some("no such status".to_owned())))?;
    let BodyWriter {
        stream_writer,
        result_writer,
        ..
    } = writer;
    spin_sdk::wasip3::spawn(async move {
        pour(Box::new(Body(stream_writer))).await;
        // Whoever no longer reads needs no trailers.
        let _ = result_writer.write(Ok(None)).await;
    });
    Ok(response)
}

/// The body of an answer that goes on.
struct Body(StreamWriter<u8>);

impl Sink for Body {
    fn write(&mut self, bytes: Bytes) -> LocalFuture<'_, Result<(), Closed>> {
        Box::pin(async move {
            let left = self.0.write_all(bytes.to_vec()).await;
            if left.is_empty() { Ok(()) } else { Err(Closed) }
        })
    }
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// It is longer, or broke off.
async fn read<M: IncomingMessage>(
    headers: &HeaderMap,
    body: IncomingBody<M>,
    limit: usize,
) -> Result<Bytes, Problem> {
    let most = limit.max(MOST_DISCARDED);
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(Problem::body_too_large(limit));
    }
    let mut read = BytesMut::with_capacity(announced.unwrap_or(0).min(limit));
    let mut length: usize = 0;
    let mut chunks = body.stream();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            return Err(Problem::malformed_json(
                "The body broke off: send it again.",
            ));
        };
        length = length.saturating_add(chunk.len());
        if length > most {
            break;
        }
        if length <= limit {
            read.extend_from_slice(&chunk);
        }
    }
    if length > limit {
        return Err(Problem::body_too_large(limit));
    }
    Ok(read.freeze())
}

/// An answer as Spin takes it: whole, since Spin holds back small pieces.
fn answer(mut response: Response<Bytes>) -> Response<FullBody<Bytes>> {
    protect(response.headers_mut());
    response.map(FullBody::new)
}

/// A variable that spin.toml gives the component; empty if it is not set.
///
/// # Errors
/// spin.toml does not give it, which is a mistake in it.
pub async fn variable(name: &str) -> Result<String, String> {
    spin_sdk::variables::get(name).await.map_err(|error| {
        format!(
            "the variable {name} cannot be had: {error:?}; see [component.*.variables] in spin.toml"
        )
    })
}

/// What the proxy that holds the WebSockets signs with, by the variable `grip_key`;
/// none if it is not set.
///
/// # Errors
/// The variable is missing, or too short.
pub async fn grip_key() -> Result<Option<SharedSecret>, String> {
    let key = variable("grip_key").await?;
    if key.is_empty() {
        return Ok(None);
    }
    SharedSecret::new(key).map(Some).map_err(|_| {
        format!("the variable grip_key is too short: use at least {MIN_SECRET} random bytes, the same as the proxy's sig_key")
    })
}

/// A component's logger, by the variable `log_level`.
///
/// # Errors
/// The variable is missing, or names no level.
pub async fn logger(component: &'static str, clock: &Rc<dyn Clock>) -> Result<Logger, String> {
    let level = variable("log_level").await?;
    let level = level
        .parse()
        .map_err(|_| format!("log_level is {level:?}; use debug, info, warn or error"))?;
    Ok(Logger::new(
        component,
        level,
        Rc::clone(clock),
        Rc::new(Stderr),
    ))
}

/// Runs work after the answer: see [`crate::Spawn`].
#[must_use]
pub fn spawn() -> crate::Spawn {
    Box::new(spin_sdk::wasip3::spawn)
}

/// Waits by the host's clock.
#[must_use]
pub fn sleep() -> crate::Sleep {
    Rc::new(|duration| Box::pin(spin_sdk::time::sleep(duration)))
}
