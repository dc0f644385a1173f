//! The tokens that say who somebody is.

use crate::{lines, now, problem::refused};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use duebell_service::{TokenVerifier, User};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use sha2::Sha256;

const SECRET: &[u8] = b"a secret of at least thirty-two bytes";

/// The input as the header `Authorization`, as it came; and, if it has two lines, as
/// header and claims of a token that somebody signed who has the secret.
pub fn tokens(input: &[u8]) {
    let verifier = TokenVerifier::hs256(SECRET, Some("issuer"), Some("duebell"));
    let verifier = verifier.expect("the secret is long enough");
    if let Some(user) = verified(&verifier, input) {
        // Nobody can make one up who does not have the secret.
        let token = std::str::from_utf8(input)
            .expect("a token is text")
            .trim_end();
        let (signed, signature) = token.rsplit_once('.').expect("a token is signed");
        let signed = signed.trim_start_matches(|c: char| c != ' ').trim_start();
        assert_eq!(sign(signed.as_bytes()), signature, "{user:?}");
    }
    let [header, claims] = lines(input);
    if claims.is_empty() {
        return;
    }
    let parts = [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    let signed = parts.join(".");
    let token = format!("Bearer {signed}.{}", sign(signed.as_bytes()));
    if let Some(user) = verified(&verifier, token.as_bytes()) {
        is_what_it_says(header, claims, &user);
    }
}

fn sign(text: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("any length will do");
    BASE64_URL_SAFE_NO_PAD.encode(mac.chain_update(text).finalize().into_bytes())
}

fn verified(verifier: &TokenVerifier, header: &[u8]) -> Option<User> {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_bytes(header).ok()?);
    verifier.verify(&headers, now()).map_err(refused).ok()
}

/// A user is who the claims say, and only if they say all that has to be said.
fn is_what_it_says(header: &[u8], claims: &[u8], user: &User) {
    let read = |json: &[u8]| -> Value {
        // Bytes that are no UTF-8 are refused where they are read, and skipped elsewhere.
        let text = String::from_utf8_lossy(json);
        serde_json::from_str(&text).expect("it is JSON")
    };
    let (header, claims) = (read(header), read(claims));
    assert_eq!(header["alg"], "HS256");
    assert!(header.get("crit").is_none());
    assert_eq!(claims["sub"], user.id);
    assert!((1..=256).contains(&user.id.len()) && !user.id.contains(char::is_control));
    assert_eq!(claims["iss"], "issuer");
    let for_us = match &claims["aud"] {
        Value::Array(several) => several.iter().any(|audience| audience == "duebell"),
        one => one == "duebell",
    };
    assert!(for_us, "{claims}");
    let now = now().timestamp() as f64;
    assert!(
        claims["exp"]
            .as_f64()
            .is_some_and(|expires| now < expires + 5.0)
    );
    assert!(
        claims["nbf"]
            .as_f64()
            .is_none_or(|begins| begins <= now + 5.0)
    );
    let scopes = claims["scope"].as_str().unwrap_or_default();
    assert_eq!(
        user.operator,
        scopes.split(' ').any(|scope| scope == "operator")
    );
}
