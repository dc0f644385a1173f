//! `GET /api/dead-letters/{id}`

use crate::{
    app::{App, Operator},
    letter::Letter,
    storage::letters::find,
    telling::{Done, tell},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_ids::DeadLetterId;
use duebell_service::{Problem, body::json_response};
use http::{Response, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

/// A dead letter with its event.
#[derive(Serialize)]
struct WholeDeadLetter<'a> {
    #[serde(flatten)]
    letter: Letter,
    /// The event in its envelope, as it came; null if it is no JSON.
    event: Option<&'a RawValue>,
    /// What came instead, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_base64: Option<String>,
}

pub(crate) async fn show<T: Transport + 'static>(
    app: &App<T>,
    operator: &Operator,
    id: DeadLetterId,
) -> Result<Response<Bytes>, Failure> {
    let context = app.context(operator);
    let (letter, value) = app
        .store
        .write(async |tx| {
            let (letter, value) = find(tx, id).await?.ok_or_else(Problem::not_found)?;
            tell(tx, &context, &letter, Done::Shown).await?;
            Ok::<_, Failure>((letter, value))
        })
        .await?;
    app.publish();
    let event: Option<&RawValue> = serde_json::from_slice(&value).ok();
    let event_base64 = event.is_none().then(|| STANDARD.encode(&value));
    let whole = WholeDeadLetter {
        letter,
        event,
        event_base64,
    };
    Ok(json_response(StatusCode::OK, &whole)?)
}
