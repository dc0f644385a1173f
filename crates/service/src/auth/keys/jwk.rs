//! A public key in a set: RFC 7517, section 4; RFC 7518, section 6; RFC 8037,
//! section 2.

use crate::auth::jws::{Algorithm, Unchecked};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use ed25519_dalek::Verifier as _;
use rsa::{BoxedUint, pkcs1v15};
use serde::{Deserialize, de::IgnoredAny};
use sha2::Sha256;
use std::ops::RangeInclusive;

/// How long an RSA key may be, in bits: at least what RFC 7518, section 3.3, wants, and
/// no longer than is checked quickly.
const RSA_BITS: RangeInclusive<usize> = 2048..=4096;

/// The members that count.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    key_ops: Option<Vec<String>>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
    /// The private part: whoever publishes it has no secret any more.
    #[serde(default)]
    d: Option<IgnoredAny>,
}

/// A public key that signatures are checked with.
#[derive(Clone)]
pub(super) struct PublicKey {
    /// What tokens name it by.
    pub(super) id: Option<String>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Rsa(pkcs1v15::VerifyingKey<Sha256>),
    P256(Box<p256::ecdsa::VerifyingKey>),
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl PublicKey {
    /// Reads a key; none if it is of another kind, not for signatures, or out of range:
    /// such keys in a set are passed over (RFC 7517, section 5).
    pub(super) fn parse(jwk: &serde_json::Value) -> Option<Self> {
        let jwk = Jwk::deserialize(jwk).ok()?;
        let is_for_signatures = jwk.usage.as_deref().is_none_or(|usage| usage == "sig")
            && jwk
                .key_ops
                .as_ref()
                .is_none_or(|operations| operations.iter().any(|one| one == "verify"));
        if !is_for_signatures || jwk.d.is_some() {
            return None;
        }
        let kind = Kind::of(&jwk)?;
        let is_its_own = |name: &str| Algorithm::parse(name) == Some(kind.algorithm());
        if !jwk.alg.as_deref().is_none_or(is_its_own) {
            return None;
        }
        Some(Self { id: jwk.kid, kind })
    }

    /// The only algorithm that this key is for.
    pub(super) fn algorithm(&self) -> Algorithm {
        self.kind.algorithm()
    }

    /// Whether this key signed the token.
    pub(super) fn has_signed(&self, token: &Unchecked<'_>) -> bool {
        let (message, signature) = (token.message.as_bytes(), token.signature.as_slice());
        match &self.kind {
            Kind::Rsa(key) => pkcs1v15::Signature::try_from(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Kind::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            // Strictly: neither weak keys nor a second form of the same signature.
            Kind::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }
}

impl Kind {
    fn of(jwk: &Jwk) -> Option<Self> {
        match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => {
                let key = rsa::PublicKey::new_with_size_limits(
                    integer(jwk.n.as_deref())?,
                    integer(jwk.e.as_deref())?,
                    RSA_BITS,
                );
                Some(Self::Rsa(pkcs1v15::VerifyingKey::new(key.ok()?)))
            }
            ("EC", Some("P-256")) => {
                let [x, y] = [coordinate(jwk.x.as_deref())?, coordinate(jwk.y.as_deref())?];
                // Uncompressed: SEC 1, section 2.3.3.
                let point = [&[4], x.as_slice(), &y].concat();
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point);
                key.ok().map(|key| Self::P256(Box::new(key)))
            }
            ("OKP", Some("Ed25519")) => {
                let key = coordinate(jwk.x.as_deref())?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(&key).ok()?;
                (!key.is_weak()).then_some(Self::Ed25519(key))
            }
            _ => None,
        }
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }
}

fn integer(text: Option<&str>) -> Option<BoxedUint> {
    let bytes = BASE64URL.decode(text?).ok()?;
    Some(BoxedUint::from_be_slice_vartime(&bytes))
}

fn coordinate(text: Option<&str>) -> Option<[u8; 32]> {
    BASE64URL.decode(text?).ok()?.try_into().ok()
}
