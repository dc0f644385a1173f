//! One effect and one answer for however many repeats of a request.

use crate::{
    app::{App, Caller},
    storage::idempotency::{Answer, Known, Place, find, keep},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_erasures::must_not_be_erased;
use duebell_service::{ETag, IdempotencyKey, Problem, idempotency::Fingerprint};
use duebell_store::Tx;
use duebell_tasks::{Reminder, ReminderView, Task, TaskView};
use http::{Response, StatusCode, header};
use std::{cell::RefCell, collections::BTreeSet};

/// What a write came to: the answer, to be kept if the request had a key.
pub(crate) struct Reply(Answer);

impl Reply {
    /// The answer that shows a task with its reminders.
    pub(crate) fn task(
        status: StatusCode,
        task: &Task,
        reminders: &[Reminder],
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let view = TaskView::new(task, reminders, now);
        let body = serde_json::to_string(&view).map_err(Failure::internal)?;
        let created = status == StatusCode::CREATED;
        Ok(Self(Answer {
            status: status.as_u16(),
            location: created.then(|| format!("/api/tasks/{}", task.id.get())),
            etag: Some(ETag::new(task.version).to_string()),
            body,
        }))
    }

    /// The answer that shows a new reminder.
    pub(crate) fn new_reminder(reminder: &Reminder, now: DateTime<Utc>) -> Result<Self, Failure> {
        let view = ReminderView::new(reminder, now);
        Ok(Self(Answer {
            status: StatusCode::CREATED.as_u16(),
            location: Some(format!("/api/reminders/{}", reminder.id)),
            etag: None,
            body: serde_json::to_string(&view).map_err(Failure::internal)?,
        }))
    }

    /// The answer over HTTP.
    pub(crate) fn into_response(self) -> Result<Response<Bytes>, Failure> {
        let Self(answer) = self;
        let mut response = Response::builder()
            .status(answer.status)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(location) = answer.location {
            response = response.header(header::LOCATION, location);
        }
        if let Some(etag) = answer.etag {
            response = response.header(header::ETAG, etag);
        }
        response
            .body(Bytes::from(answer.body))
            .map_err(Failure::internal)
    }
}

/// The requests with a key that are under way in this instance.
#[derive(Default)]
pub(crate) struct UnderWay(RefCell<BTreeSet<Place>>);

/// One request under way; it is no longer when this is dropped.
struct Guard<'a> {
    under_way: &'a UnderWay,
    place: Place,
}

impl UnderWay {
    /// None if the same request is under way already.
    fn enter(&self, place: Place) -> Option<Guard<'_>> {
        let entered = self.0.borrow_mut().insert(place.clone());
        // Made only then: what is dropped ends what is under way.
        entered.then(|| Guard {
            under_way: self,
            place,
        })
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.under_way.0.borrow_mut().remove(&self.place);
    }
}

/// Runs `work` in a transaction and answers, unless the user was erased. With an `Idempotency-Key`, the
/// answer is kept in that transaction, and a repeat gets it instead of a second
/// effect.
pub(crate) async fn once<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
    work: impl AsyncFnOnce(&Tx<'_>) -> Result<Reply, Failure>,
) -> Result<Response<Bytes>, Failure> {
    let Some(key) = IdempotencyKey::from_headers(caller.request.headers())? else {
        let reply = app.store.write(async |tx| {
            must_not_be_erased(tx, &caller.user.id).await?;
            work(tx).await
        });
        return reply.await?.into_response();
    };
    let place = Place {
        user_id: caller.user.id.clone(),
        path: format!(
            "{} {}",
            caller.request.method(),
            caller.request.uri().path()
        ),
        key: key.as_str().to_owned(),
    };
    let Some(_guard) = app.under_way.enter(place.clone()) else {
        return Err(Problem::idempotency_conflict().into());
    };
    let fingerprint = Fingerprint::of(
        caller.request.method(),
        caller.request.uri().path(),
        caller.request.body(),
    )
    .to_string();
    let now = app.clock.now();
    let reply = app
        .store
        .write(async |tx| {
            must_not_be_erased(tx, &place.user_id).await?;
            match find(tx, &place, &fingerprint, now).await? {
                Known::Answered(answer) => Ok::<_, Failure>(Reply(answer)),
                Known::OtherBody => Err(Problem::idempotency_mismatch().into()),
                Known::New => {
                    let reply = work(tx).await?;
                    keep(tx, &place, &fingerprint, &reply.0, now).await?;
                    Ok(reply)
                }
            }
        })
        .await?;
    reply.into_response()
}
