//! The keys that checkpoints are signed and verified with: Ed25519 (RFC 8032).

use crate::Digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _};
use serde_json::{Value, json};
use std::fmt;

/// What is no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAKey(String);

impl NotAKey {
    fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for NotAKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAKey {}

/// What checkpoints are signed with.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key with this seed: 32 bytes in base64url without padding, as the `d` of a
    /// JWK (RFC 8037, section 2).
    ///
    /// # Errors
    /// It is not 32 bytes in base64url. The error does not quote it.
    pub fn parse(seed: &str) -> Result<Self, NotAKey> {
        let seed = bytes(seed).ok_or_else(|| NotAKey::new("it is not 32 bytes in base64url"))?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    /// What its signatures are verified with.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The signature of a message, in base64url.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.0.sign(message).to_bytes())
    }
}

/// Without the seed.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey")
            .field(&self.public().id())
            .finish()
    }
}

/// What checkpoints are verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

impl PublicKey {
    /// Reads the 32 bytes of a key in base64url without padding, as the `x` of a JWK.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(x: &str) -> Result<Self, NotAKey> {
        bytes(x)
            .and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok())
            .filter(|key| !key.is_weak())
            .map(Self)
            .ok_or_else(|| NotAKey::new(format!("{x:.64?} is no Ed25519 public key in base64url")))
    }

    /// Reads a JWK (RFC 8037, section 2). A `kid` is not asked for: the key's id is
    /// its thumbprint.
    ///
    /// # Errors
    /// It is none, or of another kind.
    pub fn from_jwk(jwk: &Value) -> Result<Self, NotAKey> {
        let member = |name: &str| jwk.get(name).and_then(Value::as_str);
        if (member("kty"), member("crv")) != (Some("OKP"), Some("Ed25519")) {
            return Err(NotAKey::new(
                "the key is not of kty \"OKP\" and crv \"Ed25519\"",
            ));
        }
        Self::parse(member("x").ok_or_else(|| NotAKey::new("the key has no x"))?)
    }

    /// Its id: the thumbprint of its JWK (RFC 7638, with SHA-256), in base64url.
    #[must_use]
    pub fn id(&self) -> String {
        // RFC 7638, section 3.2, for OKP as RFC 8037, appendix A.3, has it.
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        URL_SAFE_NO_PAD.encode(Digest::of(&[members.as_bytes()]).as_bytes())
    }

    /// Its JWK (RFC 8037), with its id.
    #[must_use]
    pub fn jwk(&self) -> Value {
        json!({
            "kty": "OKP", "crv": "Ed25519", "x": self.x(), "kid": self.id(),
            "use": "sig", "alg": "EdDSA",
        })
    }

    fn x(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.to_bytes())
    }

    /// Whether this is its signature of the message.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &str) -> bool {
        let signature = URL_SAFE_NO_PAD.decode(signature).ok();
        let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

/// The keys that are trusted.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<PublicKey>);

impl Keys {
    /// Reads a JWKS (RFC 7517, section 5), a JWK, or the bytes of one key in
    /// base64url. Keys of other kinds in a JWKS are passed over.
    ///
    /// # Errors
    /// It is nothing of these, or a JWKS without a key that can be used.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim();
        if !text.starts_with('{') {
            return Ok(Self(vec![PublicKey::parse(text)?]));
        }
        let value: Value = serde_json::from_str(text)
            .map_err(|error| NotAKey::new(format!("it is not JSON: {error}")))?;
        let Some(keys) = value.get("keys").and_then(Value::as_array) else {
            return Ok(Self(vec![PublicKey::from_jwk(&value)?]));
        };
        let usable: Vec<PublicKey> = keys
            .iter()
            .filter_map(|jwk| PublicKey::from_jwk(jwk).ok())
            .collect();
        if usable.is_empty() {
            return Err(NotAKey::new(
                "it holds no key of kty \"OKP\" and crv \"Ed25519\"",
            ));
        }
        Ok(Self(usable))
    }

    /// Adds these keys.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The key with this id.
    pub(crate) fn get(&self, id: &str) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.id() == id)
    }
}

impl From<PublicKey> for Keys {
    fn from(key: PublicKey) -> Self {
        Self(vec![key])
    }
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, appendix A: a key, its public half and its thumbprint.
    const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const ID: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

    #[test]
    fn keys_ids_and_signatures_are_those_of_rfc_8037() {
        let key = SigningKey::parse(SEED).unwrap();
        let public = key.public();
        assert_eq!(public, PublicKey::parse(X).unwrap());
        assert_eq!(public.id(), ID);
        // Appendix A.4: the signing input and its signature.
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = key.sign(message);
        assert_eq!(
            signature,
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
        assert!(public.has_signed(message, &signature));
        assert!(!public.has_signed(b"another", &signature));
        for wrong in ["", "AAAA", &signature[1..], &format!("{signature}=")] {
            assert!(!public.has_signed(message, wrong), "{wrong}");
        }
    }

    #[test]
    fn a_key_is_read_however_it_is_given() {
        let public = PublicKey::parse(X).unwrap();
        let jwk = public.jwk();
        let rsa = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
        let set = json!({ "keys": [rsa, jwk] });
        for text in [format!(" {X}\n"), jwk.to_string(), set.to_string()] {
            assert_eq!(Keys::parse(&text).unwrap().get(ID), Some(&public), "{text}");
        }
        for wrong in [
            String::new(),
            "{".to_owned(),
            X[1..].to_owned(),
            rsa.to_string(),
            json!({ "keys": [rsa] }).to_string(),
            json!({ "kty": "OKP", "crv": "Ed25519" }).to_string(),
            // A point of small order, for which anything can be "signed".
            "A".repeat(43),
        ] {
            assert!(Keys::parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_seed_is_32_bytes_and_is_never_shown() {
        for wrong in [
            "",
            "AAAA",
            &SEED[1..],
            &format!("{SEED}="),
            "not base64url!",
        ] {
            let error = SigningKey::parse(wrong).unwrap_err().to_string();
            assert_eq!(error, "it is not 32 bytes in base64url");
        }
        let shown = format!("{:?}", SigningKey::parse(SEED).unwrap());
        assert!(shown.contains(ID) && !shown.contains(SEED), "{shown}");
    }
}
