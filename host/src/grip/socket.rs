//! The client's side of a WebSocket, from the handshake to its end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use duebell_grip::control::Control;
use duebell_grip::{Close, Event};
use duebell_service::{SystemEntropy, uuid_v4};
use futures::{SinkExt, StreamExt};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc::Receiver;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use wasmtime_wasi_http::WasiBody;

use super::Grip;
use super::channels::Subscriptions;
use super::handshake::{self, Template};
use super::session::{App, Refusal, Session};
use crate::http::body::{answer, whole};

/// The longest message that a client may send, in bytes: Pushpin's.
const MOST_MESSAGE: usize = 200_000;

/// How many of a client's messages wait for the app, and how many bytes they have.
const MOST_WAITING: (usize, usize) = (64, MOST_MESSAGE);

/// How much waits for a client that does not read, in bytes.
const MOST_UNSENT: usize = 2_000_000;

/// How long a client may leave what is sent unread.
const PATIENCE: Duration = Duration::from_secs(20);

type Socket = WebSocketStream<TokioIo<Upgraded>>;

impl Grip {
    /// Answers a handshake: as the app has it.
    pub async fn open(
        self: &Arc<Self>,
        mut request: Request<Incoming>,
        app: App,
    ) -> Response<WasiBody> {
        let accepted = match handshake::accept(&request) {
            Ok(accepted) => accepted,
            Err(fault) => return answer(StatusCode::BAD_REQUEST, Some("text/plain"), fault),
        };
        let id = uuid_v4(&SystemEntropy).to_string();
        let upgrade = hyper::upgrade::on(&mut request);
        let mut session = Session::new(app, Template::new(&request, &id));
        let events = match session.tell(self, &[Event::Open]).await {
            Ok(events) => events,
            Err(Refusal(response)) => return response.map(whole),
        };
        if events.first() != Some(&Event::Open) {
            let fault = "the app did not open the WebSocket\n";
            return answer(StatusCode::BAD_GATEWAY, Some("text/plain"), fault);
        }
        let grip = self.clone();
        self.sessions
            .spawn(async move { run(&grip, &id, upgrade, session, events).await });
        accepted.map(|()| whole(Bytes::new()))
    }
}

/// How a WebSocket ends.
enum End {
    /// The client is gone, or has closed and was answered.
    Gone,
    /// The app closed it, or the proxy does.
    Close(Option<Close>),
}

async fn run(
    grip: &Grip,
    id: &str,
    upgrade: OnUpgrade,
    mut session: Session,
    mut opening: Vec<Event>,
) {
    let (mut subscriptions, published) = grip.channels.join(id);
    let config = WebSocketConfig::default()
        .max_message_size(Some(MOST_MESSAGE))
        .max_frame_size(Some(MOST_MESSAGE))
        // Answers to the pings of a client that does not read them.
        .max_write_buffer_size(MOST_UNSENT);
    // Subscribed before the client hears of it, so that nothing is missed.
    if session.speaks_grip() {
        opening.retain(
            |event| !matches!(event, Event::Text(message) if control(&mut subscriptions, message)),
        );
    }
    match upgrade.await {
        Ok(upgraded) => {
            let io = TokioIo::new(upgraded);
            let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
            let mut client = Client {
                socket,
                subscriptions,
            };
            let end = match client.apply(opening, session.speaks_grip()).await {
                Some(end) => end,
                None => client.live(grip, &mut session, published).await,
            };
            if let End::Close(close) = end {
                client.close(close).await;
            }
        }
        Err(error) => tracing::debug!(%error, "a WebSocket was not opened"),
    }
    // Whatever the app says now reaches nobody.
    let _ = session.tell(grip, &[Event::Disconnect]).await;
}

struct Client<'a> {
    socket: Socket,
    subscriptions: Subscriptions<'a>,
}

impl Client<'_> {
    /// Passes on what client, app and publishers say, until one of them ends it.
    async fn live(
        &mut self,
        grip: &Grip,
        session: &mut Session,
        mut published: Receiver<String>,
    ) -> End {
        let mut waiting: Vec<Event> = Vec::new();
        loop {
            let interval = session.keep_alive();
            let mut keep_alive = pin!(async {
                match interval {
                    Some(interval) => tokio::time::sleep(interval).await,
                    None => std::future::pending().await,
                }
            });
            let happened = loop {
                tokio::select! {
                    () = grip.stop.cancelled() => return going_away(),
                    message = self.socket.next() => match said(message) {
                        Ok(Some(event)) => break vec![event],
                        Ok(None) => {}
                        Err(end) => return end,
                    },
                    message = published.recv() => {
                        if let Some(end) = self.publish(message).await {
                            return end;
                        }
                    }
                    () = &mut keep_alive => break Vec::new(),
                }
            };
            waiting.extend(happened);
            // One request at a time; what happens meanwhile waits for the next.
            loop {
                let told = std::mem::take(&mut waiting);
                let speaks_grip = session.speaks_grip();
                let mut answer = pin!(session.tell(grip, &told));
                let answer = loop {
                    tokio::select! {
                        answer = &mut answer => break answer,
                        message = self.socket.next(), if has_room(&waiting) => match said(message) {
                            Ok(event) => waiting.extend(event),
                            Err(end) => return end,
                        },
                        message = published.recv() => {
                            if let Some(end) = self.publish(message).await {
                                return end;
                            }
                        }
                    }
                };
                let Ok(answer) = answer else {
                    return close(1011, "The service failed: connect again.");
                };
                if let Some(end) = self.apply(answer, speaks_grip).await {
                    return end;
                }
                // The client closed, and has its answer by now.
                if told.iter().any(|event| matches!(event, Event::Close(_))) {
                    return End::Gone;
                }
                if waiting.is_empty() {
                    break;
                }
            }
        }
    }

    async fn publish(&mut self, message: Option<String>) -> Option<End> {
        let text = match message {
            Some(text) if !self.subscriptions.is_lost() => text,
            _ => return Some(close(1008, "You read too slowly: connect again.")),
        };
        self.send(Message::text(text)).await.err()
    }

    /// Does what the app answered. The end, if that is one.
    async fn apply(&mut self, events: Vec<Event>, speaks_grip: bool) -> Option<End> {
        for event in events {
            let message = match event {
                Event::Text(content) => {
                    if speaks_grip && control(&mut self.subscriptions, &content) {
                        continue;
                    }
                    Message::text(String::from_utf8_lossy(&content).into_owned())
                }
                Event::Binary(content) => Message::binary(content),
                Event::Ping(content) => Message::Ping(content),
                // The library has answered the client's ping already.
                Event::Pong(_) | Event::Open => continue,
                Event::Close(why) => return Some(End::Close(why)),
                Event::Disconnect => return Some(End::Gone),
            };
            if let Err(end) = self.send(message).await {
                return Some(end);
            }
        }
        None
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match tokio::time::timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    /// Closes, and waits a little for the client to do the same.
    async fn close(&mut self, close: Option<Close>) {
        let frame = close.map(|close| CloseFrame {
            code: CloseCode::from(close.code),
            reason: close.reason.into(),
        });
        let closing = async {
            let _ = self.socket.close(frame).await;
            while let Some(Ok(_)) = self.socket.next().await {}
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), closing).await;
    }
}

/// Whether a message is for the proxy; then it is done.
fn control(subscriptions: &mut Subscriptions<'_>, message: &[u8]) -> bool {
    let Some(control) = std::str::from_utf8(message).ok().and_then(Control::parse) else {
        return false;
    };
    match control {
        Ok(Control::Subscribe { channel }) => subscriptions.subscribe(channel),
        Ok(Control::Unsubscribe { channel }) => subscriptions.unsubscribe(&channel),
        Ok(Control::Detach) => {
            tracing::warn!("the embedded GRIP proxy has no control message `detach`");
        }
        Err(error) => tracing::warn!(%error, "the app sent a control message that is none"),
    }
    true
}

/// Whether more may wait for the app.
fn has_room(waiting: &[Event]) -> bool {
    let length = waiting.iter().map(|event| match event {
        Event::Text(content) | Event::Binary(content) => content.len(),
        _ => 0,
    });
    let (most, most_bytes) = MOST_WAITING;
    waiting.len() < most && length.sum::<usize>() < most_bytes
}

/// What a client's message is to the app; the end, if it is none.
fn said(message: Option<Result<Message, Error>>) -> Result<Option<Event>, End> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some(Event::Text(text.into()))),
        Some(Ok(Message::Binary(content))) => Ok(Some(Event::Binary(content))),
        Some(Ok(Message::Ping(content))) => Ok(Some(Event::Ping(content))),
        Some(Ok(Message::Pong(content))) => Ok(Some(Event::Pong(content))),
        Some(Ok(Message::Close(frame))) => Ok(Some(Event::Close(frame.map(|frame| Close {
            code: frame.code.into(),
            reason: frame.reason.to_string(),
        })))),
        Some(Ok(Message::Frame(_))) => Ok(None),
        Some(Err(Error::Capacity(_))) => Err(close(1009, "The message is too long.")),
        Some(Err(Error::Utf8(_))) => Err(close(1007, "The message is no UTF-8.")),
        Some(Err(Error::Protocol(_))) => Err(close(1002, "That is no WebSocket frame.")),
        Some(Err(_)) | None => Err(End::Gone),
    }
}

fn close(code: u16, reason: &str) -> End {
    End::Close(Some(Close {
        code,
        reason: reason.to_owned(),
    }))
}

fn going_away() -> End {
    close(1001, "The server stops: connect again.")
}
