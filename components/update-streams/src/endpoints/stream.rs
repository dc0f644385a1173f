//! `GET /api/updates` with `Accept: text/event-stream`: server-sent events.

use crate::{
    admission::admit,
    app::App,
    session::Session,
    streams::{Listening, pour},
};
use bytes::Bytes;
use duebell_edge::{Failure, streaming::Answer};
use duebell_service::uuid_v4;
use duebell_updates::connections::Connection;
use http::{HeaderValue, Method, Response, header::CONTENT_TYPE};
use std::rc::Rc;

pub(crate) async fn stream(
    app: &App,
    method: &Method,
    session: Session,
    since: Option<i64>,
) -> Result<Answer, Failure> {
    let mut head = Response::new(());
    let headers = head.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Proxies that collect answers must not collect this one.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    if method == Method::HEAD {
        return Ok(head.map(|()| Bytes::new()).into());
    }
    let connection = Connection {
        id: uuid_v4(&*app.entropy).to_string(),
        user_id: session.user_id,
        instance: Some(app.streams.instance().to_owned()),
        expires_at: session.expires_at,
    };
    let streams = Rc::clone(&app.streams);
    let listening = Listening::begin(&streams, &connection);
    admit(app, &connection).await?;
    listening.set_open(true);
    streams.poll_in_background(&app.spawn);
    Ok(Answer::Streamed(
        head,
        Box::new(move |sink| Box::pin(pour(streams, listening, connection, since, sink))),
    ))
}
