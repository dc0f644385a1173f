//! What was published: over HTTP, for consumers that missed something.
//!
//! The routes are internal: whoever serves them checks the app's token first.

use crate::cloud_event;
use bytes::Bytes;
use duebell_edge::{Failure, parameters::required};
use duebell_service::{Clock, Query, body::json_response};
use duebell_store::{Store, outbox};
use http::{Response, StatusCode, Uri};
use serde::Serialize;
use serde_json::value::RawValue;
use std::rc::Rc;

/// How many events one answer holds at most; consumers count on it.
const MOST_EVENTS: u32 = 100;

/// How many rows of the outbox one answer covers at most.
const MOST_ROWS: u32 = 5_000;

/// How long a delivery may be under way before its event counts as missing, in
/// milliseconds.
const UNDER_WAY: i64 = 2_000;

/// Answers from a component's outbox.
pub struct History {
    store: Store,
    source: &'static str,
    clock: Rc<dyn Clock>,
}

#[derive(Serialize)]
struct Heads {
    heads: Vec<Head>,
    next: i64,
    more: bool,
}

#[derive(Serialize)]
struct Head {
    user_id: String,
    sequence: i64,
}

#[derive(Serialize)]
struct Events {
    events: Vec<Box<RawValue>>,
}

impl History {
    /// The history of this store's outbox.
    #[must_use]
    pub fn new(store: Store, source: &'static str, clock: Rc<dyn Clock>) -> Self {
        Self {
            store,
            source,
            clock,
        }
    }

    /// `GET …/outbox/heads?topic=&after=`: the highest number of each user in
    /// the part of the outbox that follows row `after`, and where it ends.
    ///
    /// # Errors
    /// A parameter is missing or wrong, or the database failed.
    pub async fn heads(&self, uri: &Uri) -> Result<Response<Bytes>, Failure> {
        let query = Query::parse(uri.query(), &["topic", "after"])?;
        let topic = required(&query, "topic")?;
        let after: i64 = query
            .read("after", "Use the `next` of the answer before.")?
            .unwrap_or(0);
        let now = self.clock.now().timestamp_millis();
        // Instances' clocks differ a little.
        let under_way = now - UNDER_WAY..=now + UNDER_WAY;
        let part = self
            .store
            .read(async |db| outbox::heads(db, topic, after, under_way.clone(), MOST_ROWS).await)
            .await?;
        let heads = part
            .heads
            .into_iter()
            .map(|(user_id, sequence)| Head { user_id, sequence })
            .collect();
        let body = Heads {
            heads,
            next: part.next,
            more: part.more,
        };
        Ok(json_response(StatusCode::OK, &body)?)
    }

    /// `GET …/outbox/events?topic=&user_id=&first=&last=`: the first hundred of
    /// these events, as they were published.
    ///
    /// # Errors
    /// A parameter is missing or wrong, or the database failed.
    pub async fn events(&self, uri: &Uri) -> Result<Response<Bytes>, Failure> {
        let query = Query::parse(uri.query(), &["topic", "user_id", "first", "last"])?;
        let topic = required(&query, "topic")?;
        let user_id = required(&query, "user_id")?;
        let first: i64 = query.read("first", "Use a number.")?.unwrap_or(1);
        let last: i64 = query.read("last", "Use a number.")?.unwrap_or(i64::MAX);
        let stored = self
            .store
            .read(async |db| outbox::range(db, topic, user_id, first, last, MOST_EVENTS).await)
            .await?;
        let events = stored
            .iter()
            .map(|stored| RawValue::from_string(cloud_event(self.source, stored)?))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(Failure::internal)?;
        Ok(json_response(StatusCode::OK, &Events { events })?)
    }
}
