//! `GET /api/audit/keys`

use crate::{app::App, storage::checkpoints};
use bytes::Bytes;
use duebell_edge::Failure;
use duebell_service::body::json_response;
use http::{Response, StatusCode};
use serde_json::{Value, json};

/// The keys that checkpoints are signed with, as a JWKS (RFC 7517, section 5): today's
/// and every one that ever was. For everybody; but whoever verifies must have got them
/// elsewhere, or from here before there was anything to hide.
pub(crate) async fn keys<T>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let kept = app
        .store
        .read(async |db| checkpoints::keys(db).await)
        .await?;
    let mut keys = Vec::with_capacity(kept.len() + 1);
    let current = app
        .checkpoints
        .as_ref()
        .map(|checkpoints| checkpoints.key().public());
    let current_id = current.as_ref().map(duebell_chain::PublicKey::id);
    keys.extend(current.map(|key| key.jwk()));
    for (key_id, jwk) in kept {
        if Some(&key_id) != current_id.as_ref() {
            let jwk: Value = serde_json::from_str(&jwk).map_err(Failure::internal)?;
            keys.push(jwk);
        }
    }
    Ok(json_response(StatusCode::OK, &json!({ "keys": keys }))?)
}
