//! What happens on a WebSocket, as bodies of WebSocket-over-HTTP: a line with the
//! event's name, and where it has content that one's length in hexadecimal; then the
//! content, and a line break. (`TEXT 5\r\nhello\r\n`)

use bytes::{BufMut, Bytes, BytesMut};
use std::fmt;

/// How many events a body may hold.
pub const MOST_EVENTS: usize = 1_000;

/// Something that happens on a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The client wants to connect, or the service lets it.
    Open,
    /// A text message. (Not checked to be UTF-8.)
    Text(Bytes),
    /// A binary message.
    Binary(Bytes),
    /// A ping (RFC 6455, section 5.5.2).
    Ping(Bytes),
    /// A pong.
    Pong(Bytes),
    /// Whoever sends this closes, and says why.
    Close(Option<Close>),
    /// The connection was lost.
    Disconnect,
}

/// Why a WebSocket is closed (RFC 6455, section 7.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The status code.
    pub code: u16,
    /// The same in words: at most 123 bytes.
    pub reason: String,
}

/// What cannot be read as events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// A line has no end.
    Line,
    /// An event's length is no hexadecimal number, or longer than the body.
    Length,
    /// There is no such event.
    Unknown,
    /// More than [`MOST_EVENTS`].
    TooMany,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Line => "a line of the WebSocket events has no end",
            Self::Length => "the length of a WebSocket event is not that of its content",
            Self::Unknown => "there is no such WebSocket event",
            Self::TooMany => "there are too many WebSocket events in one body",
        })
    }
}

impl std::error::Error for Malformed {}

/// Reads a body. An empty one holds no events.
///
/// # Errors
/// It is none.
pub fn parse(body: &Bytes) -> Result<Vec<Event>, Malformed> {
    let mut rest = body.clone();
    let mut events = Vec::new();
    while !rest.is_empty() {
        if events.len() == MOST_EVENTS {
            return Err(Malformed::TooMany);
        }
        let end = line_end(&rest).ok_or(Malformed::Line)?;
        let line = rest.split_to(end);
        skip_line_break(&mut rest)?;
        let line = std::str::from_utf8(&line).map_err(|_| Malformed::Unknown)?;
        let (name, content) = match line.split_once(' ') {
            None => (line, Bytes::new()),
            Some((name, length)) => {
                let length = usize::from_str_radix(length, 16).map_err(|_| Malformed::Length)?;
                if length > rest.len() {
                    return Err(Malformed::Length);
                }
                let content = rest.split_to(length);
                skip_line_break(&mut rest).map_err(|_| Malformed::Length)?;
                (name, content)
            }
        };
        events.push(match name {
            "OPEN" => Event::Open,
            "TEXT" => Event::Text(content),
            "BINARY" => Event::Binary(content),
            "PING" => Event::Ping(content),
            "PONG" => Event::Pong(content),
            "CLOSE" => Event::Close(Close::read(&content)),
            "DISCONNECT" => Event::Disconnect,
            _ => return Err(Malformed::Unknown),
        });
    }
    Ok(events)
}

/// Writes a body.
#[must_use]
pub fn write(events: &[Event]) -> Bytes {
    let mut body = BytesMut::new();
    for event in events {
        match event {
            Event::Open => name(&mut body, "OPEN"),
            Event::Text(content) => with_content(&mut body, "TEXT", content),
            Event::Binary(content) => with_content(&mut body, "BINARY", content),
            Event::Ping(content) if content.is_empty() => name(&mut body, "PING"),
            Event::Ping(content) => with_content(&mut body, "PING", content),
            Event::Pong(content) if content.is_empty() => name(&mut body, "PONG"),
            Event::Pong(content) => with_content(&mut body, "PONG", content),
            Event::Close(None) => name(&mut body, "CLOSE"),
            Event::Close(Some(close)) => with_content(&mut body, "CLOSE", &close.write()),
            Event::Disconnect => name(&mut body, "DISCONNECT"),
        }
    }
    body.freeze()
}

impl Close {
    fn read(content: &[u8]) -> Option<Self> {
        let (code, reason) = content.split_first_chunk::<2>()?;
        Some(Self {
            code: u16::from_be_bytes(*code),
            reason: String::from_utf8_lossy(reason).into_owned(),
        })
    }

    fn write(&self) -> Bytes {
        let mut content = BytesMut::new();
        content.put_u16(self.code);
        content.put_slice(self.reason.as_bytes());
        content.freeze()
    }
}

fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair == b"\r\n")
}

fn skip_line_break(rest: &mut Bytes) -> Result<(), Malformed> {
    if !rest.starts_with(b"\r\n") {
        return Err(Malformed::Line);
    }
    let _line_break = rest.split_to(2);
    Ok(())
}

fn name(body: &mut BytesMut, name: &str) {
    body.put_slice(name.as_bytes());
    body.put_slice(b"\r\n");
}

fn with_content(body: &mut BytesMut, name: &str, content: &[u8]) {
    body.put_slice(format!("{name} {:x}\r\n", content.len()).as_bytes());
    body.put_slice(content);
    body.put_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn events_are_written_as_the_protocol_has_them() {
        let events = [
            Event::Open,
            Event::Text("hello, world".into()),
            Event::Ping(Bytes::new()),
            Event::Close(Some(Close {
                code: 1000,
                reason: "bye".to_owned(),
            })),
            Event::Disconnect,
        ];
        let body = write(&events);
        let expected: &[u8] =
            b"OPEN\r\nTEXT c\r\nhello, world\r\nPING\r\nCLOSE 5\r\n\x03\xe8bye\r\nDISCONNECT\r\n";
        assert_eq!(body, expected);
        assert_eq!(parse(&body).unwrap(), events);
    }

    #[test]
    fn an_empty_body_has_no_events() {
        assert_eq!(parse(&Bytes::new()).unwrap(), []);
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for (body, malformed) in [
            ("OPEN", Malformed::Line),
            ("OPEN\n", Malformed::Line),
            ("HELLO\r\n", Malformed::Unknown),
            ("TEXT x\r\nabc\r\n", Malformed::Length),
            ("TEXT 4\r\nabc\r\n", Malformed::Length),
            ("TEXT 2\r\nabc\r\n", Malformed::Length),
            ("TEXT ffffffffffffffff\r\nabc\r\n", Malformed::Length),
            ("TEXT -1\r\nabc\r\n", Malformed::Length),
        ] {
            assert_eq!(parse(&Bytes::from(body)), Err(malformed), "{body:?}");
        }
        let many = Bytes::from("PING\r\n".repeat(MOST_EVENTS + 1));
        assert_eq!(parse(&many), Err(Malformed::TooMany));
    }

    fn event() -> impl Strategy<Value = Event> {
        let content = || proptest::collection::vec(any::<u8>(), 0..50).prop_map(Bytes::from);
        prop_oneof![
            Just(Event::Open),
            content().prop_map(Event::Text),
            content().prop_map(Event::Binary),
            content().prop_map(Event::Ping),
            content().prop_map(Event::Pong),
            (any::<u16>(), ".{0,20}")
                .prop_map(|(code, reason)| Event::Close(Some(Close { code, reason }))),
            Just(Event::Close(None)),
            Just(Event::Disconnect),
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(events in proptest::collection::vec(event(), 0..10)) {
            prop_assert_eq!(parse(&write(&events)).unwrap(), events);
        }

        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), lines in "[A-Z0-9a-f \r\n]*") {
            let _ = parse(&Bytes::from(body));
            let _ = parse(&Bytes::from(lines));
        }
    }
}
