//! What the operator says about users, by the variables of a component.

use crate::{Access, Limit, access};
use duebell_dapr::SpinTransport;
use duebell_edge::spin::{sleep, spawn, variable};
use duebell_service::TokenVerifier;
use std::{num::NonZeroU32, time::Duration};

/// How long whoever publishes keys may take.
const KEYS: Duration = Duration::from_secs(4);

/// Who users are, by `jwks_url` or else `jwt_secret`, and by `jwt_issuer` and
/// `jwt_audience`; and how often each may ask, by `rate_limit`.
///
/// # Errors
/// A variable is missing or cannot be used; there is no way to run without
/// authentication.
pub async fn access(component: &'static str) -> Result<Access, String> {
    let url = variable("jwks_url").await?;
    let (issuer, audience) = (
        variable("jwt_issuer").await?,
        variable("jwt_audience").await?,
    );
    let access = if url.is_empty() {
        TokenVerifier::hs256(
            variable("jwt_secret").await?,
            Some(&issuer),
            Some(&audience),
        )
        .map_err(|error| format!("{error}, or jwks_url"))?
        .into()
    } else {
        let fetch = access::fetch(SpinTransport { timeout: KEYS });
        Access::published(url, issuer, audience, fetch, sleep())
    };
    let limit = limit().await?.map(|a_minute| Limit {
        component,
        a_minute,
        spawn: spawn(),
    });
    Ok(access.limited(limit))
}

/// Requests a minute of one user; none if there is no limit.
async fn limit() -> Result<Option<NonZeroU32>, String> {
    let text = variable("rate_limit").await?;
    if text.is_empty() {
        return Ok(None);
    }
    let number: u32 = text.parse().map_err(|_| {
        format!("rate_limit is {text:?}; use requests a minute of one user, or 0 for no limit")
    })?;
    Ok(NonZeroU32::new(number))
}
