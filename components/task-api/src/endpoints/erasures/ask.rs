//! `POST /api/erasures`: an operator has a user erased.
//!
//! Repeating it is safe, with or without an `Idempotency-Key`, which is not kept here: the
//! answer is the same erasure until it is complete, and then one that goes through all
//! components again.

use super::accepted;
use crate::{
    app::{App, Caller},
    erasing::tell_requested,
    storage::erasures::{Erasure, Part, find, insert},
};
use bytes::Bytes;
use chrono::SubsecRound;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_erasures::{Order, erasure_of, must_not_be_erased, note, note_again};
use duebell_service::{FieldError, Problem, auth::is_user, body, uuid_v4};
use duebell_store::Tx;
use http::Response;
use serde::Deserialize;

/// Who is to be erased. Whether anything is known of them does not matter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    user_id: String,
}

pub(crate) async fn ask<T: Transport + 'static>(
    app: &App<T>,
    caller: &Caller<'_>,
) -> Result<Response<Bytes>, Failure> {
    body::expect_json(caller.request.headers())?;
    let Asked { user_id } = body::read_object(caller.request.body())?;
    if !is_user(&user_id) {
        let detail = "Use a user's id: 1 to 256 bytes without control characters, and neither `duebell:` nor `erased:` in front.";
        return Err(refused(detail));
    }
    if user_id == caller.user.id {
        return Err(refused(
            "This is you: have another operator do it, so that the audit can say who did.",
        ));
    }
    let now = app.clock.now().trunc_subsecs(3);
    let new = Erasure {
        id: uuid_v4(&*app.entropy).to_string(),
        requested_by: caller.user.id.clone(),
        requested_at: now.timestamp_millis(),
        traceparent: Some(caller.trace.to_string()),
        completed_at: None,
    };
    let (erasure, parts) = app
        .store
        .write(async |tx| {
            must_not_be_erased(tx, &caller.user.id).await?;
            let order = Order {
                erasure_id: new.id.clone(),
                user_id: user_id.clone(),
            };
            match erasure_of(tx, &user_id).await? {
                Some(id) => {
                    let found = known(tx, &id).await?;
                    if found.0.completed_at.is_none() {
                        return Ok(found);
                    }
                    // A component whose database was restored since has the user again.
                    note_again(tx, new.requested_at, &order, &id).await?;
                }
                None => note(tx, new.requested_at, &order).await?,
            }
            insert(tx, &new, &user_id, app.eraser.parts()).await?;
            tell_requested(tx, &new, now, &*app.entropy).await?;
            known(tx, &new.id).await
        })
        .await?;
    app.erase();
    accepted(&erasure, &parts)
}

async fn known(tx: &Tx<'_>, id: &str) -> Result<(Erasure, Vec<Part>), Failure> {
    let found = find(tx, id).await?;
    found.ok_or_else(|| Failure::internal("a user was erased by no erasure"))
}

fn refused(detail: &str) -> Failure {
    Problem::validation([FieldError::pointer("/user_id", detail)]).into()
}
