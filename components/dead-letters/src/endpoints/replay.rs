//! `POST /api/dead-letters/{id}/replay`

use crate::{
    app::{App, Operator},
    letter::Letter,
    storage::{
        claims::{Claim, claim_one},
        letters::find,
    },
    subscribers::Outcome,
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_ids::DeadLetterId;
use duebell_service::{Problem, body::json_response};
use http::{Response, StatusCode};
use serde::Serialize;

/// What a replay came to.
#[derive(Serialize)]
struct Replay {
    outcome: Outcome,
    /// Why it did not take effect; null if it did.
    reason: Option<String>,
    /// The dead letter as it is now.
    dead_letter: Letter,
}

pub(crate) async fn replay<T: Transport + 'static>(
    app: &App<T>,
    operator: &Operator,
    id: DeadLetterId,
) -> Result<Response<Bytes>, Failure> {
    let now = app.clock.now().timestamp_millis();
    let claim = app
        .store
        .write(async |tx| claim_one(tx, now, id).await)
        .await?;
    let claimed = match claim {
        Claim::Made(claimed) => claimed,
        Claim::Unknown => return Err(Problem::not_found().into()),
        Claim::Over(status) => {
            let detail = format!("This dead letter is {status}: there is nothing to replay.");
            return Err(Problem::conflict(detail).into());
        }
        Claim::Busy => return Err(in_use().into()),
    };
    let tried = app.worker.replay(&claimed, Some(&operator.id)).await?;
    app.publish();
    let tried = tried.map_err(|why| {
        Problem::bad_gateway(format!(
            "{} gave no answer ({why}): see that it runs, and replay again. The dead letter stays open.",
            claimed.letter.subscriber
        ))
    })?;
    let (dead_letter, _) = app
        .store
        .read(async |db| find(db, id).await)
        .await?
        .ok_or_else(Problem::not_found)?;
    let replay = Replay {
        outcome: tried.outcome,
        reason: tried.reason,
        dead_letter,
    };
    Ok(json_response(StatusCode::OK, &replay)?)
}

/// 409: somebody works on it.
pub(super) fn in_use() -> Problem {
    Problem::conflict("This dead letter is being replayed right now: see what came of it.")
}
