//! An export, from its first line to its last.

use crate::storage::read::{Filter, Head, entries};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use duebell_edge::{
    Sleep,
    streaming::{Closed, Sink},
};
use duebell_service::{Clock, Logger};
use duebell_store::{Error, Store};
use futures::future::{Either, select};
use serde_json::{Value, json};
use std::{fmt::Write, rc::Rc, time::Duration};

/// How many entries are read at once: an event may be some hundred kilobytes long.
const PAGE: usize = 50;

/// How much is written at once, in bytes.
const PIECE: usize = 64 * 1024;

/// How long a client may leave a piece unread.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long an export goes on at most: an instance is held by it, and must be let go at
/// times.
const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// A chain up to a head, and the line that comes after it.
pub(crate) struct Export {
    pub(crate) store: Store,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) sleep: Sleep,
    pub(crate) logger: Logger,
    pub(crate) user_id: String,
    pub(crate) head: Head,
    pub(crate) checkpoint: Value,
}

/// Why an export broke off.
enum Broken {
    /// The client is gone, or does not read.
    Closed,
    /// The database's fault.
    Store(Error),
    /// Entries that there were are not there any more.
    Lost,
    /// It took too long.
    Time,
}

impl From<Closed> for Broken {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// Writes an export. One that breaks off lacks its last lines, by which it is known.
pub(crate) async fn pour(export: Export, mut sink: Box<dyn Sink>) {
    let until = export.clock.now() + LIFETIME;
    let why = match export.pour(&mut *sink, until).await {
        Ok(()) | Err(Broken::Closed) => return,
        Err(Broken::Store(error)) => error.to_string(),
        Err(Broken::Lost) => "entries were there when it began, and are not now".to_owned(),
        Err(Broken::Time) => "it took longer than an hour".to_owned(),
    };
    export
        .logger
        .warn("an export broke off", &[("why", why.into())]);
}

impl Export {
    async fn pour(&self, sink: &mut dyn Sink, until: DateTime<Utc>) -> Result<(), Broken> {
        let mut written = 0;
        while written < self.head.number {
            if self.clock.now() >= until {
                return Err(Broken::Time);
            }
            let page = self
                .store
                .read(async |db| {
                    entries(db, &self.user_id, &Filter::default(), written, PAGE).await
                })
                .await?;
            let mut lines = String::new();
            for entry in page {
                if entry.number > self.head.number {
                    break;
                }
                if entry.number != written + 1 {
                    return Err(Broken::Lost);
                }
                written = entry.number;
                lines.push_str(entry.json.get());
                lines.push('\n');
            }
            if lines.is_empty() {
                return Err(Broken::Lost);
            }
            self.write(sink, lines.into()).await?;
        }
        let mut end = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(end, "{}", json!({ "head": self.head }));
        let _ = writeln!(end, "{}", self.checkpoint);
        self.write(sink, end.into()).await
    }

    /// Writes, if the client reads: piece by piece, for it may be slow.
    async fn write(&self, sink: &mut dyn Sink, mut bytes: Bytes) -> Result<(), Broken> {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE));
            match select(sink.write(piece), (self.sleep)(PATIENCE)).await {
                Either::Left((written, _)) => written?,
                Either::Right(_) => return Err(Broken::Closed),
            }
        }
        Ok(())
    }
}
