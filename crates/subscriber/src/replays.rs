//! What dead-letters asks of a subscriber: why an event was given up, and to take it
//! once more.
//!
//! The routes are internal: whoever serves them checks the app's token first.

use crate::{Handler, Subscriber};
use bytes::Bytes;
use duebell_dapr::{Answer, Transport};
use duebell_edge::{Failure, parameters::required};
use duebell_events::Topic;
use duebell_service::{Problem, Query, body::json_response};
use duebell_store::inbox;
use http::{Response, StatusCode, Uri};
use serde::Serialize;

/// What is known of an event.
#[derive(Serialize)]
struct Known {
    attempts: i64,
    state: &'static str,
    reason: Option<String>,
    passing: bool,
}

/// What a replay came to.
#[derive(Serialize)]
struct Replayed {
    outcome: &'static str,
    reason: Option<String>,
}

impl<H: Handler, T: Transport> Subscriber<H, T> {
    /// `GET …/inbox?key=`: how often an event was attempted, and why it failed.
    ///
    /// # Errors
    /// 404 if nothing is known of it; a missing parameter; the database's.
    pub async fn inbox(&self, uri: &Uri) -> Result<Response<Bytes>, Failure> {
        let query = Query::parse(uri.query(), &["key"])?;
        let key = required(&query, "key")?;
        let attempted = self
            .store
            .read(async |db| inbox::find(db, key).await)
            .await?
            .ok_or_else(Problem::not_found)?;
        let known = Known {
            attempts: attempted.attempts,
            state: attempted.state.as_str(),
            reason: attempted.reason,
            passing: attempted.passing,
        };
        Ok(json_response(StatusCode::OK, &known)?)
    }

    /// `POST …/replays/<topic>`: takes one event as if it had never been attempted,
    /// and answers what came of that one attempt.
    ///
    /// # Errors
    /// None but ours: that it failed again is an answer.
    pub async fn replay(&self, topic: Topic, value: &Bytes) -> Result<Response<Bytes>, Failure> {
        let (outcome, reason) = match self.deliver_again(topic, value).await {
            Answer::Done => ("done", None),
            Answer::AlreadyDone => ("already_done", None),
            Answer::Retry(why) => ("retry", Some(why)),
            Answer::Drop(why) => ("drop", Some(why)),
        };
        Ok(json_response(
            StatusCode::OK,
            &Replayed { outcome, reason },
        )?)
    }
}
