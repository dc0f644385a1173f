//! What tokens are checked with: a shared secret, or public keys.

mod jwk;
mod set;

use super::jws::{self, Refusal, Unchecked};
use hmac::Hmac;
use sha2::Sha256;

pub use self::set::{KeySet, NotAKeySet};

/// What tokens are checked with. It alone says which algorithms are taken: a token
/// that names another one is refused, whatever its signature (RFC 8725, section 3.1).
#[derive(Clone)]
pub(super) enum Keys {
    /// HS256, and nothing else.
    Secret(Hmac<Sha256>),
    /// Each key's own algorithm; never HS256, for which a public key would be a secret
    /// that everybody knows.
    Set(KeySet),
}

impl Keys {
    /// The payload of a token that one of these keys signed.
    pub(super) fn open(&self, token: &str) -> Result<Vec<u8>, Refusal> {
        let token = Unchecked::parse(token)?;
        match self {
            Self::Secret(key) => jws::check(&token, key)?,
            Self::Set(keys) => keys.check(&token)?,
        }
        token.payload()
    }
}

#[cfg(test)]
mod tests;
