//! `POST /api/updates/ticket`: for a stream or a WebSocket of a client that cannot set
//! headers.

use crate::{
    app::App,
    session::Session,
    storage::tickets::{self, GOOD_FOR, MOST_OF_A_USER},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{SecondsFormat, TimeDelta};
use duebell_callers::Budget;
use duebell_edge::Failure;
use duebell_erasures::must_not_be_erased;
use duebell_service::{Problem, Query, body::json_response};
use http::{Request, Response, StatusCode};
use serde::Serialize;

/// A ticket.
#[derive(Serialize)]
struct Ticket {
    /// What to send as `?ticket=`, once.
    ticket: String,
    /// Until when it is good.
    expires_at: String,
}

pub(crate) async fn ticket(
    app: &App,
    request: &Request<Bytes>,
    budget: &mut Option<Budget>,
) -> Result<Response<Bytes>, Failure> {
    Query::parse(request.uri().query(), &[])?;
    if !request.body().is_empty() && request.body().as_ref() != b"{}" {
        return Err(Problem::malformed_json("This takes no body: leave it out.").into());
    }
    let session = Session::by_token(app, request.headers(), budget).await?;
    let now = app.clock.now();
    let mut secret = [0; 32];
    app.entropy.fill(&mut secret);
    let ticket = BASE64_URL_SAFE_NO_PAD.encode(secret);
    let hash = tickets::hash(&ticket);
    let expires_at = now + TimeDelta::milliseconds(GOOD_FOR);
    let (millis, until) = (now.timestamp_millis(), expires_at.timestamp_millis());
    app.store
        .write(async |tx| {
            must_not_be_erased(tx, &session.user_id).await?;
            if tickets::count(tx, millis, &session.user_id).await? >= MOST_OF_A_USER {
                return Err(Failure::from(Problem::too_many(
                    format!(
                        "You have {MOST_OF_A_USER} tickets that were not used: use one, or wait until they expire."
                    ),
                    30,
                )));
            }
            Ok(tickets::issue(tx, millis, hash, &session, until).await?)
        })
        .await?;
    let ticket = Ticket {
        ticket,
        expires_at: expires_at.to_rfc3339_opts(SecondsFormat::Millis, true),
    };
    Ok(json_response(StatusCode::CREATED, &ticket)?)
}
