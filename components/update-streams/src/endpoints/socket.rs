//! `POST /api/updates/ws`: the proxy's, what happens on a WebSocket.

use crate::{
    admission::admit,
    app::App,
    endpoints::updates::since,
    session::Session,
    socket::{self, Said, backlog},
};
use bytes::Bytes;
use duebell_callers::Budget;
use duebell_edge::Failure;
use duebell_grip::{
    CONNECTION_ID, Close, EXTENSIONS, Event, GRIP_SIG, KEEP_ALIVE_INTERVAL, WEBSOCKET_EVENTS,
    control::{Control, GRANTED},
    events,
};
use duebell_service::{Problem, Query, uuid_v4};
use duebell_store::{Db, Error};
use duebell_updates::{
    channel,
    connections::{self, Connection},
    log,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header::CONTENT_TYPE};

/// How long a request's body may be, in bytes: what a proxy holds back while an
/// answer is under way.
pub(crate) const MOST_BODY: usize = 256 * 1024;

/// How many seconds after the last request the proxy asks for what is new: the least
/// that Pushpin takes.
const KEEP_ALIVE: u32 = 20;

/// How many of a client's messages are answered at once.
const MOST_SAID: usize = 20;

/// What the proxy keeps for each WebSocket, and shows again: by it an answer sets it.
const SET_SECRET: HeaderName = HeaderName::from_static("set-meta-duebell");

/// The same, in each of the proxy's requests.
const SECRET: HeaderName = HeaderName::from_static("meta-duebell");

/// What a client may ask for.
const PARAMETERS: &[&str] = &["since", "ticket"];

pub(crate) async fn socket(
    app: &App,
    request: &Request<Bytes>,
    budget: &mut Option<Budget>,
) -> Result<Response<Bytes>, Failure> {
    let headers = request.headers();
    must_be_the_proxy(app, headers)?;
    let content_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if content_type != Some(WEBSOCKET_EVENTS.as_bytes()) {
        return Err(Problem::unsupported_media_type(WEBSOCKET_EVENTS).into());
    }
    let id = connection_id(headers)?;
    let events = events::parse(request.body())
        .map_err(|malformed| Problem::malformed_json(format!("The body is none: {malformed}.")))?;
    match events.split_first() {
        Some((Event::Open, _)) => open(app, request, id, budget).await,
        _ => {
            let secret = headers.get(SECRET).and_then(|value| value.to_str().ok());
            go_on(app, &known_by(id, secret.unwrap_or_default()), &events).await
        }
    }
}

/// What a WebSocket is counted by. Proxies sign plain requests as well, in which a
/// client may claim any connection: the secret shows that it is the proxy's own.
fn known_by(id: &str, secret: &str) -> String {
    format!("{id}/{secret}")
}

/// Only a proxy knows the key.
fn must_be_the_proxy(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(key) = &app.proxy_key else {
        return Err(Problem::forbidden(
            "WebSockets are off: set grip_url and grip_key, and put a GRIP proxy in front. Event streams are at /api/updates.",
        ));
    };
    let signature = headers.get(GRIP_SIG).and_then(|value| value.to_str().ok());
    if signature.is_some_and(|token| key.has_signed(token, app.clock.now())) {
        return Ok(());
    }
    Err(Problem::forbidden(
        "This is for the GRIP proxy alone: its Grip-Sig has to be signed with grip_key.",
    ))
}

fn connection_id(headers: &HeaderMap) -> Result<&str, Problem> {
    headers
        .get(CONNECTION_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| (1..=200).contains(&id.len()))
        .ok_or_else(|| Problem::header("Connection-Id", "It has to be there, of 1 to 200 bytes."))
}

/// Lets a client connect: its channel, where it is, and what it has missed.
async fn open(
    app: &App,
    request: &Request<Bytes>,
    id: &str,
    budget: &mut Option<Budget>,
) -> Result<Response<Bytes>, Failure> {
    let query = Query::parse(request.uri().query(), PARAMETERS)?;
    let since = since(&query)?;
    let session = Session::of(app, request.headers(), &query, budget).await?;
    let secret = uuid_v4(&*app.entropy).to_string();
    let connection = Connection {
        id: known_by(id, &secret),
        user_id: session.user_id,
        instance: None,
        expires_at: session.expires_at,
    };
    admit(app, &connection).await?;
    let control = Control::Subscribe {
        channel: channel(&connection.user_id),
    };
    let mut answer = vec![Event::Open, Event::Text(control.to_message().into())];
    let user_id = &connection.user_id;
    let told = app
        .store
        .read(async |db| {
            let position = match since {
                Some(position) => position,
                None => log::head(db, user_id).await?,
            };
            let mut told = vec![socket::ready(position)];
            told.extend(backlog(db, user_id, position).await?);
            Ok::<_, Error>(told)
        })
        .await;
    let told = match told {
        Ok(told) => told,
        Err(error) => {
            // It is not opened. If this fails as well, it counts for a minute.
            let _ = app
                .store
                .write(async |tx| connections::remove(tx, &connection.id).await)
                .await;
            return Err(error.into());
        }
    };
    answer.extend(told.into_iter().map(text));
    let mut response = response(&answer);
    let headers = response.headers_mut();
    headers.insert(EXTENSIONS, HeaderValue::from_static(GRANTED));
    headers.insert(KEEP_ALIVE_INTERVAL, HeaderValue::from(KEEP_ALIVE));
    let secret = HeaderValue::try_from(secret).map_err(Failure::internal)?;
    headers.insert(SET_SECRET, secret);
    Ok(response)
}

/// Answers what happens on a WebSocket that is open.
async fn go_on(app: &App, id: &str, events: &[Event]) -> Result<Response<Bytes>, Failure> {
    let known = app
        .store
        .read(async |db| connections::websocket(db, id).await)
        .await?;
    let Some(connection) = known else {
        // Not heard of for too long, or its rows were lost.
        return Ok(response(&[close(1012, "Connect again.")]));
    };
    let now = app.now();
    let answer = if now >= connection.expires_at {
        vec![
            text(socket::end("token-expired")),
            close(4401, "The token has expired: connect again with a new one."),
        ]
    } else {
        app.store
            .read(async |db| answer(db, &connection, events).await)
            .await?
    };
    let ends = ends(&answer) || ends(events);
    app.store
        .write(async |tx| {
            if ends {
                connections::remove(tx, id).await
            } else {
                connections::seen(tx, now, id).await
            }
        })
        .await?;
    Ok(response(&answer))
}

async fn answer(
    db: &Db<'_>,
    connection: &Connection,
    events: &[Event],
) -> Result<Vec<Event>, Error> {
    let user_id = &connection.user_id;
    let mut answer = Vec::new();
    // Where the client is now; what it said before that is out of date. (Answers are
    // bounded: each position's alone may be long.)
    let mut position = None;
    let mut said = 0;
    for event in events {
        if matches!(event, Event::Text(_)) {
            said += 1;
        }
        match event {
            Event::Text(_) if said > MOST_SAID => {
                answer.push(close(1008, "Wait for an answer before you send more."));
            }
            Event::Text(message) => match socket::parse(message) {
                Ok(Said::Since(since)) => position = Some(since),
                Ok(Said::Ping(ping)) => answer.push(text(socket::pong(&ping))),
                Err(refused) => answer.push(close(refused.code, refused.reason)),
            },
            Event::Binary(_) => answer.push(close(1003, "Send text messages.")),
            Event::Ping(content) => answer.push(Event::Pong(content.clone())),
            Event::Close(why) => answer.push(Event::Close(why.clone())),
            Event::Disconnect | Event::Pong(_) | Event::Open => {}
        }
        if matches!(answer.last(), Some(Event::Close(_))) {
            return Ok(answer);
        }
    }
    if let Some(position) = position {
        let told = backlog(db, user_id, position).await?;
        answer.extend(told.into_iter().map(text));
    } else if !ends(&answer) && !ends(events) {
        // A client that pings puts off the proxy's own asking.
        let position = log::head(db, user_id).await?;
        answer.push(text(socket::heartbeat(position)));
    }
    Ok(answer)
}

/// Whether the WebSocket ends with one of these.
fn ends(events: &[Event]) -> bool {
    events
        .iter()
        .any(|event| matches!(event, Event::Close(_) | Event::Disconnect))
}

fn text(message: String) -> Event {
    Event::Text(message.into())
}

fn close(code: u16, reason: &str) -> Event {
    Event::Close(Some(Close {
        code,
        reason: reason.to_owned(),
    }))
}

fn response(events: &[Event]) -> Response<Bytes> {
    let mut response = Response::new(events::write(events));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(WEBSOCKET_EVENTS));
    response
}
