//! Clients that watch: event streams, read as the HTML Standard has it (section
//! 9.2.6), and WebSockets.

use super::{Client, eventually::PATIENCE};
use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::time::Instant;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, protocol::CloseFrame},
};

/// Something that a stream tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    /// Its name.
    pub(crate) event: String,
    /// The client's position afterwards.
    pub(crate) id: Option<i64>,
    /// What it says.
    pub(crate) data: Value,
}

impl Told {
    /// The title of the task that an update tells of.
    pub(crate) fn title(&self) -> &str {
        self.data["changes"]["title"].as_str().unwrap_or_default()
    }
}

/// An open event stream.
pub(crate) struct EventStream {
    response: reqwest::Response,
    text: String,
    id: Option<i64>,
}

impl EventStream {
    /// Opens one, and waits until it is ready.
    pub(crate) async fn open(client: &Client, path: &str) -> Self {
        let mut stream = Self::begin(client, path).await;
        assert_eq!(stream.next().await.event, "ready");
        stream
    }

    /// Opens one.
    pub(crate) async fn begin(client: &Client, path: &str) -> Self {
        let response = client
            .stream(path, &[("accept", "text/event-stream")])
            .await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
            id: None,
        }
    }

    /// The next event; comments are passed over.
    pub(crate) async fn next(&mut self) -> Told {
        self.try_next().await.expect("the stream ended")
    }

    /// The next event. None: the stream has ended, or its server is gone.
    pub(crate) async fn try_next(&mut self) -> Option<Told> {
        // Heartbeats are no reason to wait for ever.
        let until = Instant::now() + PATIENCE;
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                if let Some(told) = self.read(&block) {
                    return Some(told);
                }
            }
            let chunk = tokio::time::timeout_at(until, self.response.chunk()).await;
            let chunk = chunk.expect("neither an event nor the end").ok()??;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    fn read(&mut self, block: &str) -> Option<Told> {
        let mut event = String::new();
        let mut data = None;
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("event", name)) => event = name.to_owned(),
                Some(("id", id)) => self.id = Some(id.parse().unwrap()),
                Some(("data", text)) => {
                    assert!(data.is_none(), "more than one line of data: {block}");
                    data = Some(serde_json::from_str(text).unwrap());
                }
                Some(("retry", millis)) => assert!(millis.parse::<u32>().unwrap() <= 2_000),
                Some(("", _)) | None => {}
                Some(_) => panic!("no field of an event stream: {line}"),
            }
        }
        Some(Told {
            event,
            id: self.id,
            data: data?,
        })
    }

    /// The next update, and nothing else.
    pub(crate) async fn update(&mut self) -> Told {
        let told = self.next().await;
        assert_eq!(told.event, "update", "{told:?}");
        told
    }
}

/// An open WebSocket.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>);

impl Socket {
    /// Connects, and waits until it is ready.
    pub(crate) async fn open(origin: &str, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut socket = Self::begin(origin, path, headers).await.unwrap();
        assert_eq!(socket.next().await.event, "ready");
        socket
    }

    /// Connects; or the status by which it was refused.
    pub(crate) async fn begin(
        origin: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, u16> {
        let url = format!("{}{path}", origin.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name: reqwest::header::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// What it is told next; heartbeats are passed over.
    pub(crate) async fn next(&mut self) -> Told {
        self.try_next().await.expect("the WebSocket was closed")
    }

    /// What it is told next; or how it was closed.
    pub(crate) async fn try_next(&mut self) -> Result<Told, Option<CloseFrame>> {
        let until = Instant::now() + PATIENCE;
        loop {
            let message = tokio::time::timeout_at(until, self.0.next()).await;
            match message.expect("neither a message nor the end") {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    let told = Told {
                        event: message["event"].as_str().unwrap().to_owned(),
                        id: message["id"].as_i64(),
                        data: message["data"].clone(),
                    };
                    if told.event != "heartbeat" {
                        return Ok(told);
                    }
                }
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// The code by which it is closed; what comes before that is passed over.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Err(frame) = self.try_next().await {
                return frame.map_or(1006, |frame| frame.code.into());
            }
        }
    }

    /// The next update, and nothing else.
    pub(crate) async fn update(&mut self) -> Told {
        let told = self.next().await;
        assert_eq!(told.event, "update", "{told:?}");
        told
    }

    /// Says something.
    pub(crate) async fn say(&mut self, message: impl Into<Message>) {
        // Whoever was closed meanwhile finds out by reading.
        let _ = self.0.send(message.into()).await;
    }
}
