use super::*;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use hmac::{KeyInit as _, Mac as _};
use serde_json::{Value, json};

/// RFC 7515, appendix A.2.
const RS256: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
/// The same, appendix A.3.
const ES256: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
/// RFC 8037, appendix A.4.
const ED25519: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

/// The keys of the same places.
fn rsa() -> Value {
    json!({
        "kty": "RSA",
        "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        "e": "AQAB",
    })
}

fn ec() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

fn okp() -> Value {
    json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    })
}

fn keys(keys: &[Value]) -> Keys {
    let set = json!({ "keys": keys }).to_string();
    Keys::Set(KeySet::parse(set.as_bytes()).unwrap())
}

fn with(mut key: Value, member: &str, value: Value) -> Value {
    key[member] = value;
    key
}

#[test]
fn the_examples_of_the_specifications_are_opened_by_their_keys() {
    let all = keys(&[rsa(), ec(), okp()]);
    for (token, key) in [(RS256, rsa()), (ES256, ec()), (ED25519, okp())] {
        let payload = all.open(token).unwrap();
        assert_eq!(keys(&[key]).open(token), Ok(payload));
    }
}

#[test]
fn another_key_of_the_same_kind_opens_nothing() {
    // RFC 7517, appendix A.1, and RFC 8032, section 7.1, test 2.
    let other_rsa = with(
        rsa(),
        "n",
        json!(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        ),
    );
    let other_ec = json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    });
    let other_okp = with(
        okp(),
        "x",
        json!("PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"),
    );
    for (token, key) in [(RS256, other_rsa), (ES256, other_ec), (ED25519, other_okp)] {
        assert_eq!(keys(&[key]).open(token), Err(Refusal::UnknownKey));
    }
}

#[test]
fn no_byte_of_a_token_can_be_changed() {
    let all = keys(&[rsa(), ec(), okp()]);
    for token in [RS256, ES256, ED25519] {
        for at in (0..token.len()).step_by(7) {
            let was = token.as_bytes()[at];
            let other = if was == b'A' { 'B' } else { 'A' };
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            assert!(all.open(&changed).is_err(), "{at}");
        }
    }
}

#[test]
fn a_key_is_for_its_own_algorithm_alone() {
    let confused = |alg: &str, token: &str| {
        let (_, rest) = token.split_once('.').unwrap();
        let header = BASE64URL.encode(json!({ "alg": alg }).to_string());
        format!("{header}.{rest}")
    };
    let all = keys(&[rsa(), ec(), okp()]);
    for token in [RS256, ES256, ED25519] {
        for alg in [
            "none", "HS256", "RS256", "ES256", "EdDSA", "RS512", "PS256", "ES256K",
        ] {
            let confused = confused(alg, token);
            assert!(confused == token || all.open(&confused).is_err(), "{alg}");
        }
    }
}

#[test]
fn a_public_key_is_no_secret() {
    // The classic: what is public, used as the secret of HS256.
    for key in [rsa().to_string(), rsa()["n"].to_string(), "AQAB".to_owned()] {
        let header = BASE64URL.encode(r#"{"alg":"HS256"}"#);
        let message = format!("{header}.{}", BASE64URL.encode(r#"{"sub":"alice"}"#));
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        let signature = mac.chain_update(&message).finalize().into_bytes();
        let token = format!("{message}.{}", BASE64URL.encode(signature));
        assert!(keys(&[rsa(), ec(), okp()]).open(&token).is_err());
    }
    let secret = Keys::Secret(Hmac::new_from_slice(&[7; 32]).unwrap());
    for token in [RS256, ES256, ED25519] {
        assert_eq!(secret.open(token), Err(Refusal::Algorithm));
    }
}

#[test]
fn a_token_that_names_its_key_is_tried_with_that_one_alone() {
    // RFC 7515, appendix A.3's signature does not cover `kid` in another header: a
    // token with one is made of a header of our own, and so has a wrong signature.
    let named = |kid: &str| {
        let (_, rest) = ES256.split_once('.').unwrap();
        let header = BASE64URL.encode(json!({ "alg": "ES256", "kid": kid }).to_string());
        format!("{header}.{rest}")
    };
    let known = keys(&[with(ec(), "kid", json!("a")), okp()]);
    assert_eq!(known.open(&named("a")), Err(Refusal::Signature));
    assert_eq!(known.open(&named("b")), Err(Refusal::UnknownKey));
    // Without a name, each key is tried.
    assert!(known.open(ES256).is_ok());
}

#[test]
fn keys_that_are_not_for_signatures_or_out_of_range_are_passed_over() {
    for unusable in [
        with(rsa(), "use", json!("enc")),
        with(rsa(), "key_ops", json!(["encrypt"])),
        with(rsa(), "alg", json!("RS512")),
        with(rsa(), "alg", json!("HS256")),
        with(ec(), "alg", json!("RS256")),
        // The private part is public: it is anybody's.
        with(rsa(), "d", json!("AQAB")),
        with(
            okp(),
            "d",
            json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"),
        ),
        // 1024 bits, and far more than 4096.
        with(rsa(), "n", json!(BASE64URL.encode([0xff; 128]))),
        with(rsa(), "n", json!(BASE64URL.encode([0xff; 2048]))),
        with(rsa(), "e", json!("AA")),
        with(rsa(), "n", Value::Null),
        with(ec(), "crv", json!("P-384")),
        // Not on the curve.
        with(
            ec(),
            "y",
            json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
        ),
        with(ec(), "x", json!("AA")),
        // The neutral element: whose signature everybody can make.
        with(
            okp(),
            "x",
            json!(BASE64URL.encode([1u8].iter().chain(&[0u8; 31]).copied().collect::<Vec<_>>())),
        ),
        with(okp(), "crv", json!("Ed448")),
        json!({ "kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ" }),
        json!("a text"),
        Value::Null,
    ] {
        let alone = json!({ "keys": [unusable] }).to_string();
        assert_eq!(
            KeySet::parse(alone.as_bytes()).unwrap_err(),
            NotAKeySet::NoUsableKey,
            "{unusable}"
        );
        let among_others = keys(&[unusable, okp()]);
        assert!(among_others.open(ED25519).is_ok());
    }
}

#[test]
fn what_is_no_set_of_keys_says_so() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        "<html>",
        r#"{"keys":[]}"#,
    ] {
        let expected = if text == r#"{"keys":[]}"# {
            NotAKeySet::NoUsableKey
        } else {
            NotAKeySet::Unreadable
        };
        assert_eq!(
            KeySet::parse(text.as_bytes()).unwrap_err(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn only_users_tokens_are_taken() {
    let typed = |typ: &str| {
        let header = BASE64URL.encode(json!({ "alg": "HS256", "typ": typ }).to_string());
        let message = format!("{header}.e30");
        let mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
        let signature = mac.chain_update(&message).finalize().into_bytes();
        format!("{message}.{}", BASE64URL.encode(signature))
    };
    let secret = Keys::Secret(Hmac::new_from_slice(&[7; 32]).unwrap());
    for typ in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
        assert!(secret.open(&typed(typ)).is_ok(), "{typ}");
    }
    for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt", ""] {
        assert_eq!(secret.open(&typed(typ)), Err(Refusal::Type), "{typ}");
    }
}
