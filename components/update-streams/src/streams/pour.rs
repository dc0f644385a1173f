//! One stream, from its first byte to its last.

use super::{
    Streams,
    frames::{self, End, HEARTBEAT},
    registry::{Ended, Listening, News},
};
use bytes::Bytes;
use duebell_edge::streaming::{Closed, Sink};
use duebell_service::random_u16;
use duebell_store::{Error, LocalFuture};
use duebell_updates::{
    connections::{self, Connection},
    log::{self, After},
};
use futures::future::{Either, select};
use std::{rc::Rc, time::Duration};

/// How long a stream is silent at most. Proxies close what is silent for too long,
/// and only by writing is a client found to be gone.
const SILENCE: Duration = Duration::from_secs(8);

/// How long a stream goes on, in milliseconds: an instance is held by its streams,
/// and must be let go at times.
const LIFETIME: i64 = 10 * 60 * 1000;

/// How much is written at once, in bytes.
const PIECE: usize = 64 * 1024;

/// How long a client may leave a piece unread.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many updates are read from the log at once.
const PAGE: usize = 100;

/// After how many milliseconds a client comes back at least; and up to how many
/// more, so that not all of them come at once.
const RETRY: (u16, u16) = (500, 1_500);

/// Writes a stream's events until it ends or its client is gone. `listening` has to
/// have begun.
pub(crate) async fn pour(
    streams: Rc<Streams>,
    listening: Listening,
    connection: Connection,
    since: Option<i64>,
    sink: Box<dyn Sink>,
) {
    let mut stream = Stream {
        streams: &streams,
        listening,
        connection: &connection,
        ends_at: (streams.now() + LIFETIME).min(connection.expires_at),
        position: 0,
        sink,
    };
    // A client that is gone needs no word.
    let _gone = stream.pour(since).await;
    stream.listening.set_open(false);
    let removed = streams
        .store
        .write(async |tx| connections::remove(tx, &connection.id).await)
        .await;
    if let Err(error) = removed {
        streams.trouble(
            "a stream that has ended counts for some seconds more",
            &error,
        );
    }
    // Until now it was on its way.
    drop(stream);
}

struct Stream<'a> {
    streams: &'a Streams,
    listening: Listening,
    connection: &'a Connection,
    /// In milliseconds since 1970.
    ends_at: i64,
    /// The number of the last update that was written.
    position: i64,
    sink: Box<dyn Sink>,
}

impl Stream<'_> {
    async fn pour(&mut self, since: Option<i64>) -> Result<(), Closed> {
        let end = match self.begin(since).await {
            Ok(()) => self.go_on().await?,
            Err(Trouble::Closed) => return Err(Closed),
            Err(Trouble::Store(error)) => self.trouble(&error),
        };
        self.write(frames::end(end)).await
    }

    /// Writes what the stream goes on from.
    async fn begin(&mut self, since: Option<i64>) -> Result<(), Trouble> {
        self.position = match since {
            Some(position) => position,
            None => {
                let user_id = &self.connection.user_id;
                let head = self
                    .streams
                    .store
                    .read(async |db| log::head(db, user_id).await);
                head.await?
            }
        };
        let (least, spread) = RETRY;
        let retry = least + random_u16(&*self.streams.entropy) % spread;
        self.write(frames::ready(self.position, retry.into()))
            .await?;
        Ok(())
    }

    /// Writes updates, in order and without a gap, until the stream has to end.
    async fn go_on(&mut self) -> Result<End, Closed> {
        loop {
            match self.read_log().await {
                Ok(true) => {}
                Ok(false) => return Ok(self.end()),
                Err(Trouble::Closed) => return Err(Closed),
                Err(Trouble::Store(error)) => return Ok(self.trouble(&error)),
            }
            if let Some(end) = self.listen().await? {
                return Ok(end);
            }
        }
    }

    /// Writes what the log holds. False: it is time to end.
    async fn read_log(&mut self) -> Result<bool, Trouble> {
        loop {
            if self.streams.now() >= self.ends_at {
                return Ok(false);
            }
            let (user_id, position) = (&self.connection.user_id, self.position);
            let read = self
                .streams
                .store
                .read(async |db| log::after(db, user_id, position, PAGE).await)
                .await?;
            let entries = match read {
                After::Updates(entries) => entries,
                After::Lost { head, why } => {
                    self.write(frames::reload(head, why)).await?;
                    self.position = head;
                    continue;
                }
            };
            let Some(last) = entries.last() else {
                return Ok(true);
            };
            let number = last.number;
            let text: String = entries
                .iter()
                .map(|entry| frames::update(entry.number, &entry.event))
                .collect();
            self.write(text.into()).await?;
            self.position = number;
            if entries.len() < PAGE {
                return Ok(true);
            }
        }
    }

    /// Writes what the poller tells. None: it told of what cannot come next, and the
    /// log has to be read.
    async fn listen(&mut self) -> Result<Option<End>, Closed> {
        let left = self.ends_at - self.streams.now();
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        let mut end = (self.streams.sleep)(left);
        loop {
            // There may always be something to tell.
            if self.streams.now() >= self.ends_at {
                return Ok(Some(self.end()));
            }
            match self.hear(&mut end).await {
                Heard::Silence => self.write(HEARTBEAT).await?,
                Heard::Time => return Ok(Some(self.end())),
                Heard::News(News::Ended(Ended::Drained)) => return Ok(Some(End::Stopping)),
                Heard::News(News::Ended(Ended::UserErased)) => return Ok(Some(End::UserErased)),
                Heard::News(News::LookAgain) => return Ok(None),
                Heard::News(News::Updates(updates)) => {
                    let mut text = String::new();
                    let mut position = self.position;
                    let mut is_whole = true;
                    for update in updates {
                        match update.number - position {
                            // It was in the log already.
                            ..=0 => {}
                            1 => {
                                text.push_str(&update.text);
                                position = update.number;
                            }
                            _ => {
                                is_whole = false;
                                break;
                            }
                        }
                    }
                    if !text.is_empty() {
                        self.write(text.into()).await?;
                        self.position = position;
                    }
                    if !is_whole {
                        return Ok(None);
                    }
                }
            }
        }
    }

    async fn hear(&self, end: &mut LocalFuture<'static, ()>) -> Heard {
        let news = std::pin::pin!(self.listening.news());
        let silence = (self.streams.sleep)(SILENCE);
        match select(news, select(silence, end)).await {
            Either::Left((news, _)) => Heard::News(news),
            Either::Right((Either::Left(_), _)) => Heard::Silence,
            Either::Right((Either::Right(_), _)) => Heard::Time,
        }
    }

    /// Writes, if the client reads: piece by piece, for it may be slow.
    async fn write(&mut self, mut bytes: Bytes) -> Result<(), Closed> {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE));
            let written = self.sink.write(piece);
            match select(written, (self.streams.sleep)(PATIENCE)).await {
                Either::Left((written, _)) => written?,
                Either::Right(_) => return Err(Closed),
            }
        }
        Ok(())
    }

    /// Why it ends, if it is time.
    fn end(&self) -> End {
        if self.ends_at == self.connection.expires_at {
            End::TokenExpired
        } else {
            End::Renew
        }
    }

    fn trouble(&self, error: &Error) -> End {
        self.streams
            .trouble("a stream could not read the log", error);
        End::Trouble
    }
}

enum Heard {
    News(News),
    Silence,
    Time,
}

enum Trouble {
    Closed,
    Store(Error),
}

impl From<Closed> for Trouble {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}
