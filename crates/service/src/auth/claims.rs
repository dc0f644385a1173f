//! What a token says.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Problem;

/// How far the clocks of issuer and service may be apart, in seconds.
const LEEWAY: f64 = 5.0;

/// The claims that count (RFC 7519, section 4.1; scope: RFC 8693, section 4.2).
/// A claim that comes twice is refused.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Claims {
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Audience>,
    /// Seconds since 1970; a fraction is allowed.
    exp: Option<serde_json::Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<serde_json::Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<serde_json::Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    /// `times`: issued, expires.
    pub(super) fn new(sub: &str, scope: &str, (issued, expires): (i64, i64)) -> Self {
        Self {
            iss: None,
            sub: Some(sub.to_owned()),
            aud: None,
            exp: Some(expires.into()),
            nbf: None,
            iat: Some(issued.into()),
            scope: Some(scope.to_owned()).filter(|scope| !scope.is_empty()),
        }
    }

    /// What names a service and no user; `times`: issued, expires.
    pub(super) fn of_service(issuer: &str, (issued, expires): (i64, i64)) -> Self {
        Self {
            iss: Some(issuer.to_owned()),
            sub: None,
            aud: None,
            exp: Some(expires.into()),
            nbf: None,
            iat: Some(issued.into()),
            scope: None,
        }
    }

    /// Whether it names a service, and no user.
    pub(super) fn is_of_service(&self) -> bool {
        self.iss.is_some() && self.sub.is_none()
    }

    /// Until when it is valid, if it is now.
    pub(super) fn check_times(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
        let now = now.timestamp_millis() as f64 / 1000.0;
        let seconds = |number: &serde_json::Number| number.as_f64();
        let expires = self.exp.as_ref().and_then(seconds).ok_or_else(|| {
            Problem::token_invalid("The token never expires: get one that has `exp`.")
        })?;
        if now >= expires + LEEWAY {
            return Err(Problem::token_invalid(
                "The token has expired: get a new one.",
            ));
        }
        let begins = self.nbf.as_ref().and_then(seconds);
        if begins.is_some_and(|begins| now + LEEWAY < begins) {
            return Err(Problem::token_invalid(
                "The token is not valid yet: wait until its `nbf`.",
            ));
        }
        // One that is out of range is as good as for ever. (The cast saturates.)
        let until = ((expires + LEEWAY) * 1000.0) as i64;
        Ok(DateTime::from_timestamp_millis(until).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    pub(super) fn check_origin(
        &self,
        issuer: Option<&str>,
        audience: Option<&str>,
    ) -> Result<(), Problem> {
        if issuer.is_some() && self.iss.as_deref() != issuer {
            return Err(Problem::token_invalid(
                "The token's `iss` is not the issuer that this service trusts.",
            ));
        }
        let meant = |audience: &str| match &self.aud {
            Some(Audience::One(one)) => one == audience,
            Some(Audience::Several(several)) => several.iter().any(|one| one == audience),
            None => false,
        };
        if audience.is_some_and(|audience| !meant(audience)) {
            return Err(Problem::token_invalid(
                "The token's `aud` does not name this service.",
            ));
        }
        Ok(())
    }

    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.scope
            .as_deref()
            .is_some_and(|scopes| scopes.split(' ').any(|one| one == scope))
    }
}
