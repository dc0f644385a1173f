//! Tokens that name no user: whoever shows one knows the secret.

use super::{MIN_SECRET, Unusable, claims::Claims, jws};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;
use std::fmt;

/// A secret that two services share, to sign what they send each other: JWTs by
/// HS256 that have `iss` and `exp`, and nobody's `sub`.
#[derive(Clone)]
pub struct SharedSecret(Hmac<Sha256>);

impl SharedSecret {
    /// # Errors
    /// If the secret is shorter than [`MIN_SECRET`].
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, Unusable> {
        let secret = secret.as_ref();
        if secret.len() < MIN_SECRET {
            return Err(Unusable::SecretTooShort);
        }
        Hmac::new_from_slice(secret)
            .map(Self)
            .map_err(|_| Unusable::SecretTooShort)
    }

    /// Whether a service's token was signed with this secret and has not expired.
    #[must_use]
    pub fn has_signed(&self, token: &str, now: DateTime<Utc>) -> bool {
        jws::open(token, &self.0)
            .ok()
            .and_then(|payload| serde_json::from_slice::<Claims>(&payload).ok())
            .is_some_and(|claims| claims.is_of_service() && claims.check_times(now).is_ok())
    }

    /// A token of this issuer's, valid until `now + lifetime`.
    ///
    /// # Errors
    /// If the lifetime cannot be in a token.
    pub fn sign(
        &self,
        issuer: &str,
        now: DateTime<Utc>,
        lifetime: TimeDelta,
    ) -> Result<String, Unusable> {
        let expires = now
            .checked_add_signed(lifetime)
            .ok_or(Unusable::Lifetime)?
            .timestamp();
        let claims = Claims::of_service(issuer, (now.timestamp(), expires));
        let payload = serde_json::to_vec(&claims).map_err(|_| Unusable::Lifetime)?;
        Ok(jws::sign(&payload, &self.0))
    }
}

/// Without the secret.
impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of at least thirty-two bytes";

    #[test]
    fn what_was_signed_is_known_until_it_expires() {
        let now = DateTime::UNIX_EPOCH;
        let secret = SharedSecret::new(SECRET).unwrap();
        let token = secret.sign("proxy", now, TimeDelta::minutes(1)).unwrap();
        assert!(secret.has_signed(&token, now));
        assert!(!secret.has_signed(&token, now + TimeDelta::minutes(2)));
    }

    #[test]
    fn what_another_secret_signed_or_nobody_is_not() {
        let now = DateTime::UNIX_EPOCH;
        let secret = SharedSecret::new(SECRET).unwrap();
        // A user's, should somebody use one secret for both.
        let lifetime = TimeDelta::minutes(1);
        let users = crate::auth::issue(SECRET, "alice", "", now, lifetime).unwrap();
        assert!(!secret.has_signed(&users, now));
        let other = SharedSecret::new("another secret of at least 32 bytes").unwrap();
        let token = other.sign("proxy", now, TimeDelta::minutes(1)).unwrap();
        assert!(!secret.has_signed(&token, now));
        assert!(!secret.has_signed("", now));
        assert_eq!(
            SharedSecret::new("short").unwrap_err(),
            Unusable::SecretTooShort
        );
    }
}
