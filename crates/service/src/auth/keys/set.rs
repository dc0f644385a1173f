//! A set of public keys: RFC 7517, section 5.

use super::jwk::PublicKey;
use crate::auth::jws::{Algorithm, Refusal, Unchecked};
use serde::Deserialize;
use std::{fmt, rc::Rc};

/// How many keys of a set count: a token without a key's id is tried with each.
const MOST_KEYS: usize = 32;

/// What is no set of keys, or has none that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAKeySet {
    /// It is no JSON object with an array `keys`.
    Unreadable,
    /// No key in it is for RS256, ES256 or EdDSA.
    NoUsableKey,
}

impl fmt::Display for NotAKeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "it is no JSON Web Key Set: an object with an array `keys`",
            Self::NoUsableKey => {
                "it has no public key for RS256 (RSA, 2048 to 4096 bits), ES256 (P-256) or EdDSA (Ed25519)"
            }
        })
    }
}

impl std::error::Error for NotAKeySet {}

/// The public keys of whoever makes tokens.
#[derive(Clone)]
pub struct KeySet(Rc<[PublicKey]>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// Reads a JSON Web Key Set. Keys that cannot be used here are passed over, as are
    /// those after the 32nd.
    ///
    /// # Errors
    /// It is none, or has no key that can be used.
    pub fn parse(json: &[u8]) -> Result<Self, NotAKeySet> {
        let document: Document =
            serde_json::from_slice(json).map_err(|_| NotAKeySet::Unreadable)?;
        let keys = document.keys.iter().filter_map(PublicKey::parse);
        let keys: Rc<[PublicKey]> = keys.take(MOST_KEYS).collect();
        if keys.is_empty() {
            return Err(NotAKeySet::NoUsableKey);
        }
        Ok(Self(keys))
    }

    /// No keys.
    pub(in crate::auth) fn none() -> Self {
        Self(Rc::new([]))
    }

    /// Whether one of these keys signed a token. Only keys of the token's algorithm and
    /// id are tried; where it names no key, all of its algorithm.
    pub(in crate::auth) fn check(&self, token: &Unchecked<'_>) -> Result<(), Refusal> {
        if token.algorithm == Algorithm::Hs256 {
            return Err(Refusal::Algorithm);
        }
        let is_meant = |key: &&PublicKey| token.key_id.is_none() || key.id == token.key_id;
        let mut is_known = false;
        for key in self.0.iter().filter(is_meant) {
            is_known = token.key_id.is_some();
            if key.algorithm() == token.algorithm && key.has_signed(token) {
                return Ok(());
            }
        }
        Err(if is_known {
            Refusal::Signature
        } else {
            Refusal::UnknownKey
        })
    }
}

/// How many keys there are.
impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeySet").field(&self.0.len()).finish()
    }
}
