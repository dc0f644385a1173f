//! Who the user is: bearer tokens (RFC 6750) that are JWTs (RFC 7519), signed with a
//! shared secret (HS256) or by whoever publishes keys (RS256, ES256, EdDSA).

mod claims;
mod jws;
mod keys;
mod shared;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use self::claims::Claims;
use self::jws::Refusal;
use self::keys::Keys;
use crate::Problem;

pub use self::keys::{KeySet, NotAKeySet};
pub use self::shared::SharedSecret;

/// The shortest secret, in bytes: RFC 7518, section 3.2, wants as many bits as
/// the hash has.
pub const MIN_SECRET: usize = 32;

/// The longest token, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// The longest id of a user, in bytes.
const MAX_USER: usize = 256;

/// How ids begin that are Duebell's own, and no user's: in no token can `sub` be such.
pub const RESERVED: &str = "duebell:";
/// What stands in for the id of a user who was erased begins with this. No user's does.
pub const ERASED: &str = "erased:";

/// Whose request it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The token's `sub`, as [`is_user`] has it.
    pub id: String,
    /// Whether the token's `scope` holds `operator`.
    pub operator: bool,
}

impl User {
    /// Lets only operators pass.
    ///
    /// # Errors
    /// 403 for everyone else.
    pub fn must_be_operator(&self) -> Result<(), Problem> {
        if self.operator {
            Ok(())
        } else {
            Err(Problem::operator_needed())
        }
    }
}

/// A secret or a user that no token can be made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// The secret is shorter than [`MIN_SECRET`].
    SecretTooShort,
    /// The user's id is none: see [`is_user`].
    User,
    /// The time at which the token would expire cannot be written.
    Lifetime,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecretTooShort => {
                "the secret for tokens is too short: use at least 32 random bytes (variable jwt_secret)"
            }
            Self::User => {
                "the user cannot be in a token: use 1 to 256 bytes without control characters, and neither `duebell:` nor `erased:` in front"
            }
            Self::Lifetime => "the token's lifetime is out of range: use hours or days",
        })
    }
}

impl std::error::Error for Unusable {}

/// Why nobody is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The token may have been signed with a key that was published since.
    UnknownKey,
    /// For whoever asked: what to change.
    Problem(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::UnknownKey => Problem::token_invalid(
                "The token is not signed with a key that its issuer publishes: get a new one.",
            ),
            Refused::Problem(problem) => problem,
        }
    }
}

/// Checks the tokens of requests.
#[derive(Clone)]
pub struct TokenVerifier {
    keys: Keys,
    issuer: Option<String>,
    audience: Option<String>,
}

impl TokenVerifier {
    /// Takes tokens that are signed with this secret by HS256, and have this
    /// issuer and this audience where they are set (`""` is not).
    ///
    /// # Errors
    /// If the secret is shorter than [`MIN_SECRET`].
    pub fn hs256(
        secret: impl AsRef<[u8]>,
        issuer: Option<&str>,
        audience: Option<&str>,
    ) -> Result<Self, Unusable> {
        let secret = secret.as_ref();
        if secret.len() < MIN_SECRET {
            return Err(Unusable::SecretTooShort);
        }
        // HMAC takes any length (RFC 2104, section 3); too short is ours.
        let key = Hmac::new_from_slice(secret).map_err(|_| Unusable::SecretTooShort)?;
        Ok(Self::with(Keys::Secret(key), issuer, audience))
    }

    /// Takes tokens that are signed with one of these keys by that key's algorithm, and
    /// have this issuer and this audience where they are set (`""` is not).
    #[must_use]
    pub fn published(keys: KeySet, issuer: Option<&str>, audience: Option<&str>) -> Self {
        Self::with(Keys::Set(keys), issuer, audience)
    }

    /// Whether a request carries what may be a token of published keys, as far as can be
    /// seen without them: nobody goes for keys for what is none.
    ///
    /// # Errors
    /// 401 if there is no token, or none that published keys could have signed.
    pub fn may_be_published(headers: &HeaderMap) -> Result<(), Problem> {
        match Self::published(KeySet::none(), None, None).open(bearer(headers)?) {
            Err(Refused::Problem(problem)) => Err(problem),
            Err(Refused::UnknownKey) | Ok(_) => Ok(()),
        }
    }

    fn with(keys: Keys, issuer: Option<&str>, audience: Option<&str>) -> Self {
        let set = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            keys,
            issuer: set(issuer),
            audience: set(audience),
        }
    }

    /// The user whose token a request carries.
    ///
    /// # Errors
    /// 401 if there is no token, or it is not valid at `now`.
    pub fn verify(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Result<User, Problem> {
        let (user, _) = self.check(headers, now)?;
        Ok(user)
    }

    /// The same, and until when the token is valid: for what goes on after the answer
    /// has begun. Tells apart what other keys might mend.
    ///
    /// # Errors
    /// Why the token is not taken.
    pub fn check(
        &self,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Result<(User, DateTime<Utc>), Refused> {
        let claims = self.open(bearer(headers)?)?;
        let until = claims.check_times(now)?;
        claims.check_origin(self.issuer.as_deref(), self.audience.as_deref())?;
        let operator = claims.has_scope("operator");
        let user = User {
            id: claims
                .sub
                .filter(|sub| is_user(sub))
                .ok_or_else(|| {
                    Problem::token_invalid(
                        "The token's `sub` must name a user in 1 to 256 bytes without control characters, and begin with neither `duebell:` nor `erased:`.",
                    )
                })?,
            operator,
        };
        Ok((user, until))
    }

    fn open(&self, token: &str) -> Result<Claims, Refused> {
        let payload = self.keys.open(token).map_err(|refusal| match refusal {
            Refusal::UnknownKey => Refused::UnknownKey,
            Refusal::NoToken => {
                refused("The token is no signed JWT: send all of it, as it was made.")
            }
            Refusal::Algorithm => refused(match self.keys {
                Keys::Secret(_) => "The token must be signed by HS256: get one that is.",
                Keys::Set(_) => {
                    "The token must be signed by RS256, ES256 or EdDSA: get one that is."
                }
            }),
            Refusal::Type => refused(
                "The token is of another type (`typ`) than users show: get an access token.",
            ),
            Refusal::Critical => {
                refused("The token's header has `crit`, which is not supported: get one without.")
            }
            Refusal::Signature => refused(match self.keys {
                Keys::Secret(_) => {
                    "The token is not signed with this service's secret: get a new one."
                }
                Keys::Set(_) => "The token's signature is not that of its key: get a new one.",
            }),
        })?;
        serde_json::from_slice(&payload).map_err(|_| {
            refused("The token's claims cannot be read, or one comes twice: get a new one.")
        })
    }
}

fn refused(detail: &'static str) -> Refused {
    Refused::Problem(Problem::token_invalid(detail))
}

/// Without the secret.
impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenVerifier")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// A token for `sub` with this scope (`"operator"` or `""`), signed with this secret by
/// HS256, until `now + lifetime`; without issuer and audience.
///
/// # Errors
/// If the secret, the user or the lifetime cannot be used.
pub fn issue(
    secret: impl AsRef<[u8]>,
    sub: &str,
    scope: &str,
    now: DateTime<Utc>,
    lifetime: TimeDelta,
) -> Result<String, Unusable> {
    let secret = secret.as_ref();
    if secret.len() < MIN_SECRET {
        return Err(Unusable::SecretTooShort);
    }
    if !is_user(sub) {
        return Err(Unusable::User);
    }
    let expiry = now.checked_add_signed(lifetime);
    let expiry = expiry.ok_or(Unusable::Lifetime)?.timestamp();
    let claims = Claims::new(sub, scope, (now.timestamp(), expiry));
    let payload = serde_json::to_vec(&claims).map_err(|_| Unusable::User)?;
    let key = Hmac::new_from_slice(secret).map_err(|_| Unusable::SecretTooShort)?;
    Ok(jws::sign(&payload, &key))
}

/// The token of `Authorization: Bearer <token>`.
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or_else(Problem::token_missing)?;
    if values.next().is_some() {
        return Err(Problem::token_invalid("Send one Authorization header."));
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .ok_or_else(Problem::token_missing)?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(Problem::token_missing());
    }
    let token = token.trim();
    if token.len() > MAX_TOKEN {
        return Err(Problem::token_invalid(
            "The token is longer than 8 KiB: get one with fewer claims.",
        ));
    }
    Ok(token)
}

/// Whether this can be a user's id: 1 to 256 bytes, no control characters, and neither
/// Duebell's own ([`RESERVED`]) nor what stands in for one ([`ERASED`]).
#[must_use]
pub fn is_user(sub: &str) -> bool {
    (1..=MAX_USER).contains(&sub.len())
        && !sub.chars().any(char::is_control)
        && !sub.starts_with(RESERVED)
        && !sub.starts_with(ERASED)
}

#[cfg(test)]
mod tests;
