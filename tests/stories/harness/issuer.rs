//! Whoever makes the users' tokens, and publishes the keys.

use super::forward;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use bytes::Bytes;
use duebell_service::{Clock as _, SystemClock};
use ed25519_dalek::Signer as _;
use hyper::{Request, Response};
use rsa::{pkcs1v15, traits::PublicKeyParts as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::{Arc, Mutex};

/// An identity provider, as far as Duebell knows one.
pub(crate) struct Issuer {
    /// Where its keys are.
    pub(crate) port: u16,
    keys: Arc<Mutex<Vec<SigningKey>>>,
    asked: Arc<Mutex<usize>>,
}

/// A key that it signs with.
#[derive(Clone)]
pub(crate) enum SigningKey {
    Rsa(&'static str, Box<rsa::PrivateKey>),
    P256(&'static str, Box<p256::ecdsa::SigningKey>),
    Ed25519(&'static str, Box<ed25519_dalek::SigningKey>),
}

impl Issuer {
    /// Publishes these keys.
    pub(crate) async fn start(keys: Vec<SigningKey>) -> Self {
        let keys = Arc::new(Mutex::new(keys));
        let asked = Arc::new(Mutex::new(0));
        let (published, counted) = (Arc::clone(&keys), Arc::clone(&asked));
        let port = forward::listen(move |_: Request<Bytes>| {
            *counted.lock().unwrap() += 1;
            let keys: Vec<Value> = published
                .lock()
                .unwrap()
                .iter()
                .map(SigningKey::jwk)
                .collect();
            async move { Response::new(forward::whole(json!({ "keys": keys }).to_string())) }
        })
        .await;
        Self { port, keys, asked }
    }

    /// Publishes these keys from now on, and no others.
    pub(crate) fn publish(&self, keys: Vec<SigningKey>) {
        *self.keys.lock().unwrap() = keys;
    }

    /// How often somebody asked for the keys.
    pub(crate) fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

impl SigningKey {
    /// A new key of 2048 bits for RS256.
    pub(crate) fn rsa(id: &'static str) -> Self {
        let key = rsa::PrivateKey::new(&mut rand::rng(), 2048).unwrap();
        Self::Rsa(id, Box::new(key))
    }

    /// A key for ES256.
    pub(crate) fn p256(id: &'static str, number: u8) -> Self {
        Self::P256(
            id,
            Box::new(p256::ecdsa::SigningKey::from_slice(&[number; 32]).unwrap()),
        )
    }

    /// A key for EdDSA.
    pub(crate) fn ed25519(id: &'static str, number: u8) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(&[number; 32]);
        Self::Ed25519(id, Box::new(key))
    }

    fn id(&self) -> &'static str {
        match self {
            Self::Rsa(id, _) | Self::P256(id, _) | Self::Ed25519(id, _) => id,
        }
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(..) => "RS256",
            Self::P256(..) => "ES256",
            Self::Ed25519(..) => "EdDSA",
        }
    }

    /// The public key as it is published.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match self {
            Self::Rsa(_, key) => json!({
                "kty": "RSA",
                "n": BASE64URL.encode(key.n_bytes()),
                "e": BASE64URL.encode(key.e_bytes()),
            }),
            Self::P256(_, key) => {
                let point = key.verifying_key().to_sec1_point(false);
                json!({
                    "kty": "EC", "crv": "P-256",
                    "x": BASE64URL.encode(point.x().unwrap()),
                    "y": BASE64URL.encode(point.y().unwrap()),
                })
            }
            Self::Ed25519(_, key) => json!({
                "kty": "OKP", "crv": "Ed25519",
                "x": BASE64URL.encode(key.verifying_key().as_bytes()),
            }),
        };
        jwk["kid"] = json!(self.id());
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(self.algorithm());
        jwk
    }

    /// A token with these claims, and `exp` in an hour.
    pub(crate) fn token(&self, mut claims: Value) -> String {
        claims["exp"] = json!(SystemClock.now().timestamp() + 3600);
        let header = json!({ "alg": self.algorithm(), "kid": self.id(), "typ": "at+jwt" });
        let message = format!(
            "{}.{}",
            BASE64URL.encode(header.to_string()),
            BASE64URL.encode(claims.to_string())
        );
        let signature = self.sign(message.as_bytes());
        format!("{message}.{}", BASE64URL.encode(signature))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(_, key) => {
                use rsa::signature::SignatureEncoding as _;
                let key = pkcs1v15::SigningKey::<Sha256>::new(key.as_ref().clone());
                rsa::signature::Signer::sign(&key, message).to_vec()
            }
            Self::P256(_, key) => {
                let signature: p256::ecdsa::Signature =
                    p256::ecdsa::signature::Signer::sign(key.as_ref(), message);
                signature.to_bytes().to_vec()
            }
            Self::Ed25519(_, key) => key.sign(message).to_bytes().to_vec(),
        }
    }
}
