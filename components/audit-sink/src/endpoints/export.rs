//! `GET /api/audit/export`: a whole chain, with what shows that it is whole.

use super::whose;
use crate::{
    app::App,
    export::{Export, pour},
    storage::{
        checkpoints::latest,
        read::{Head, head},
        trees::inclusion,
    },
};
use bytes::Bytes;
use duebell_edge::{Failure, streaming::Answer};
use duebell_service::{Query, User};
use http::{
    HeaderValue, Method, Request, Response,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use serde_json::{Value, json};

pub(crate) async fn export<T>(
    app: &App<T>,
    request: &Request<Bytes>,
    user: &User,
) -> Result<Answer, Failure> {
    let query = Query::parse(request.uri().query(), &["user_id"])?;
    let whose = whose(&query, user)?.to_owned();
    let mut answer = Response::new(());
    for (name, value) in [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CONTENT_DISPOSITION, "attachment; filename=\"audit.ndjson\""),
    ] {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    if request.method() == Method::HEAD {
        return Ok(answer.map(|()| Bytes::new()).into());
    }
    // The end and the checkpoint are those of one moment: what is appended while the
    // export goes out is the next one's.
    let (head, checkpoint) = app
        .store
        .snapshot(async |db| {
            let head = head(db, &whose).await?;
            let checkpoint = covering(db, &whose, &head).await?;
            Ok::<_, Failure>((head, checkpoint))
        })
        .await?;
    let export = Export {
        store: app.store.clone(),
        clock: app.clock.clone(),
        sleep: app.sleep.clone(),
        logger: app.logger.clone(),
        user_id: whose,
        head,
        checkpoint,
    };
    Ok(Answer::Streamed(
        answer,
        Box::new(move |sink| Box::pin(pour(export, sink))),
    ))
}

/// The last line: the latest checkpoint, with the proof that it covers the chain.
async fn covering(
    db: &duebell_store::Db<'_>,
    user_id: &str,
    head: &Head,
) -> Result<Value, Failure> {
    let (Some(chain_id), Some(last)) = (&head.chain_id, latest(db).await?) else {
        return Ok(json!({ "checkpoint": null }));
    };
    let Some(proof) = inclusion(db, &last.tree, user_id, chain_id).await? else {
        return Ok(json!({ "checkpoint": null }));
    };
    let checkpoint: Value = serde_json::from_str(&last.signed).map_err(Failure::internal)?;
    Ok(json!({ "checkpoint": checkpoint, "proof": proof }))
}
