//! `DELETE /api/dead-letters/{id}`

use super::replay::in_use;
use crate::{
    app::{App, Operator},
    letter::Status,
    storage::letters::{discard as give_up, find},
    telling::{Done, tell},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_ids::DeadLetterId;
use duebell_service::Problem;
use http::{Response, StatusCode};

pub(crate) async fn discard<T: Transport + 'static>(
    app: &App<T>,
    operator: &Operator,
    id: DeadLetterId,
) -> Result<Response<Bytes>, Failure> {
    let context = app.context(operator);
    let now = context.now.timestamp_millis();
    app.store
        .write(async |tx| {
            let (letter, _) = find(tx, id).await?.ok_or_else(Problem::not_found)?;
            match letter.status {
                Status::Discarded => return Ok(()),
                Status::Settled => {
                    let detail = "This dead letter took effect: there is nothing to discard.";
                    return Err(Failure::from(Problem::conflict(detail)));
                }
                Status::Open => {}
            }
            if !give_up(tx, now, id).await? {
                return Err(in_use().into());
            }
            tell(tx, &context, &letter, Done::Discarded).await
        })
        .await?;
    app.publish();
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    Ok(answer)
}
