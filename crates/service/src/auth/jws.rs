//! Signed tokens: JWS in its compact form (RFC 7515, section 7.1) with HS256
//! (RFC 7518, section 3.2), and nothing else.
//!
//! By hand because the usual crate, even with no cryptography but this, makes a
//! component 170 KB larger: it reads headers and keys of every kind. What is
//! left of it here is one MAC and one comparison in constant time.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hmac::{Hmac, Mac as _};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::Sha256;

/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Why a token was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is not three parts in base64url, the first one a JSON header.
    NoToken,
    /// It names another algorithm, `none` among them.
    Algorithm,
    /// Its header has extensions that must be understood.
    Critical,
    /// It was not signed with this key.
    Signature,
}

/// The header's members that count. One that comes twice is refused.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

/// The payload of a token that this key signed.
pub(super) fn open(token: &str, key: &Hmac<Sha256>) -> Result<Vec<u8>, Refusal> {
    let decode = |part| BASE64URL.decode(part).map_err(|_| Refusal::NoToken);
    let (message, signature) = token.rsplit_once('.').ok_or(Refusal::NoToken)?;
    let (header, payload) = message.split_once('.').ok_or(Refusal::NoToken)?;
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| Refusal::NoToken)?;
    if header.alg != "HS256" {
        return Err(Refusal::Algorithm);
    }
    if header.crit.is_some() {
        return Err(Refusal::Critical);
    }
    key.clone()
        .chain_update(message)
        // In constant time, and the whole of it or nothing.
        .verify_slice(&decode(signature)?)
        .map_err(|_| Refusal::Signature)?;
    // A fourth part's dot is no base64url.
    decode(payload)
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
