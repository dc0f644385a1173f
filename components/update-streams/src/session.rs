//! Whose request it is, and until when: by a token, or by a ticket where a client
//! cannot set headers.

use crate::{app::App, storage::tickets};
use duebell_callers::Budget;
use duebell_edge::Failure;
use duebell_service::{Problem, Query};
use http::{HeaderMap, header::AUTHORIZATION};

/// Whose request it is, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) user_id: String,
    /// When the token expires, in milliseconds since 1970.
    pub(crate) expires_at: i64,
}

impl Session {
    /// By the header `Authorization`.
    pub(crate) async fn by_token(
        app: &App,
        headers: &HeaderMap,
        budget: &mut Option<Budget>,
    ) -> Result<Self, Failure> {
        let caller = app.callers.admit(headers, budget).await?;
        Ok(Self {
            user_id: caller.user.id,
            expires_at: caller.until.timestamp_millis(),
        })
    }

    /// By the header `Authorization`, or by `?ticket=`, which is used up.
    pub(crate) async fn of(
        app: &App,
        headers: &HeaderMap,
        query: &Query<'_>,
        budget: &mut Option<Budget>,
    ) -> Result<Self, Failure> {
        let Some(ticket) = query.get("ticket") else {
            return Self::by_token(app, headers, budget).await;
        };
        if headers.contains_key(AUTHORIZATION) {
            return Err(
                Problem::parameter("ticket", "Send a token or a ticket, and not both.").into(),
            );
        }
        let hash = tickets::hash(ticket);
        let now = app.now();
        let is_there = app.store.read(async |db| tickets::exists(db, &hash).await);
        let session = if is_there.await? {
            app.store
                .write(async |tx| tickets::redeem(tx, now, &hash).await)
                .await?
        } else {
            None
        };
        session.ok_or_else(|| {
            Problem::token_invalid(
                "The ticket is unknown, older than thirty seconds, or was used before: get another one by POST /api/updates/ticket.",
            )
            .into()
        })
    }
}
