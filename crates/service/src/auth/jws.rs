//! Signed tokens: JWS in its compact form (RFC 7515, section 7.1).
//!
//! By hand because the usual crate, even with no cryptography but HS256, makes a
//! component 170 KB larger: it reads headers and keys of every kind. What is left of
//! it here is a header, and a signature that [`Keys`](super::keys::Keys) check.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hmac::{Hmac, Mac as _};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::Sha256;

/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// The media types of tokens that users show: any JWT, or an access token (RFC 9068,
/// section 2.1). Others, such as logout tokens, are for other places (RFC 8725,
/// section 3.11).
const TYPES: [&str; 2] = ["jwt", "at+jwt"];

/// Why a token was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is not three parts in base64url, the first one a JSON header.
    NoToken,
    /// It names another algorithm, `none` among them.
    Algorithm,
    /// Its header says that it is something else than a user's token.
    Type,
    /// Its header has extensions that must be understood.
    Critical,
    /// It was not signed with this key.
    Signature,
    /// It may have been signed with a key that is not known here.
    UnknownKey,
}

/// How a token says that it is signed: RFC 7518, section 3.1; RFC 8037, section 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Hs256,
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    /// The algorithm of this name. (`Ed25519` is the newer name of the only curve that
    /// is taken for EdDSA: RFC 9864, section 2.2.)
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "HS256" => Some(Self::Hs256),
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// The header's members that count. One that comes twice is refused.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

/// A token whose signature was not checked yet.
pub(super) struct Unchecked<'a> {
    /// How it says that it is signed.
    pub(super) algorithm: Algorithm,
    /// With which key it says that it is signed.
    pub(super) key_id: Option<String>,
    /// What is signed.
    pub(super) message: &'a str,
    /// The signature.
    pub(super) signature: Vec<u8>,
    payload: &'a str,
}

impl<'a> Unchecked<'a> {
    /// Reads a token, and trusts nothing in it.
    pub(super) fn parse(token: &'a str) -> Result<Self, Refusal> {
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::NoToken)?;
        let (header, payload) = message.split_once('.').ok_or(Refusal::NoToken)?;
        let header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| Refusal::NoToken)?;
        let algorithm = Algorithm::parse(&header.alg).ok_or(Refusal::Algorithm)?;
        if header.crit.is_some() {
            return Err(Refusal::Critical);
        }
        if header.typ.as_deref().is_some_and(|typ| !is_users(typ)) {
            return Err(Refusal::Type);
        }
        Ok(Self {
            algorithm,
            key_id: header.kid,
            message,
            signature: decode(signature)?,
            payload,
        })
    }

    /// What it says: for whoever has checked the signature.
    pub(super) fn payload(&self) -> Result<Vec<u8>, Refusal> {
        // A fourth part's dot is no base64url.
        decode(self.payload)
    }
}

/// Whether a token of this type is a user's. `application/` may be left out (RFC 7515,
/// section 4.1.9).
fn is_users(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    TYPES.contains(&typ.strip_prefix("application/").unwrap_or(&typ))
}

fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    BASE64URL.decode(part).map_err(|_| Refusal::NoToken)
}

/// The payload of a token that this secret signed, by HS256 (RFC 7518, section 3.2).
pub(super) fn open(token: &str, key: &Hmac<Sha256>) -> Result<Vec<u8>, Refusal> {
    let token = Unchecked::parse(token)?;
    check(&token, key)?;
    token.payload()
}

/// Whether this secret signed a token, by HS256.
pub(super) fn check(token: &Unchecked<'_>, key: &Hmac<Sha256>) -> Result<(), Refusal> {
    if token.algorithm != Algorithm::Hs256 {
        return Err(Refusal::Algorithm);
    }
    key.clone()
        .chain_update(token.message)
        // In constant time, and the whole of it or nothing.
        .verify_slice(&token.signature)
        .map_err(|_| Refusal::Signature)
}

/// A token with this payload, signed with this key.
pub(super) fn sign(payload: &[u8], key: &Hmac<Sha256>) -> String {
    let message = format!("{HEADER}.{}", BASE64URL.encode(payload));
    let signature = key.clone().chain_update(&message).finalize().into_bytes();
    format!("{message}.{}", BASE64URL.encode(signature))
}

#[cfg(test)]
mod tests {
    use hmac::KeyInit as _;

    use super::*;

    /// RFC 7515, appendix A.1.
    const KEY: &str =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    const TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn key() -> Hmac<Sha256> {
        Hmac::new_from_slice(&BASE64URL.decode(KEY).unwrap()).unwrap()
    }

    #[test]
    fn the_example_of_rfc_7515_is_opened() {
        let payload = open(TOKEN, &key()).unwrap();
        assert_eq!(
            String::from_utf8(payload).unwrap(),
            "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
        );
    }

    #[test]
    fn what_is_signed_is_opened() {
        let token = sign(b"payload", &key());
        assert_eq!(open(&token, &key()).unwrap(), b"payload");
        let header = BASE64URL.decode(HEADER).unwrap();
        assert_eq!(header, br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    #[test]
    fn a_signature_that_is_cut_off_is_refused() {
        let (message, signature) = TOKEN.rsplit_once('.').unwrap();
        for end in 0..signature.len() {
            assert!(open(&format!("{message}.{}", &signature[..end]), &key()).is_err());
        }
    }

    #[test]
    fn a_token_has_three_parts_and_no_padding() {
        for token in [
            "",
            ".",
            "..",
            &TOKEN.replacen('.', "", 1),
            &format!("{TOKEN}="),
        ] {
            assert_eq!(open(token, &key()), Err(Refusal::NoToken), "{token}");
        }
        assert!(open(&format!("{TOKEN}.{TOKEN}"), &key()).is_err());
    }

    #[test]
    fn four_parts_are_refused_even_if_they_are_signed() {
        let message = format!("{HEADER}.e30.e30");
        let signature = key().chain_update(&message).finalize().into_bytes();
        let token = format!("{message}.{}", BASE64URL.encode(signature));
        assert_eq!(open(&token, &key()), Err(Refusal::NoToken));
    }
}
