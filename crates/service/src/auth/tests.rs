use http::HeaderValue;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "a secret of at least thirty-two bytes";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_000_000, 0).unwrap()
}

fn verifier() -> TokenVerifier {
    TokenVerifier::hs256(SECRET, None, None).unwrap()
}

fn headers(authorization: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
    headers
}

/// A token with this header and these claims, signed with the secret whatever
/// the header says.
fn signed(header: &Value, claims: &str) -> String {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let message = format!(
        "{}.{}",
        BASE64.encode(header.to_string()),
        BASE64.encode(claims)
    );
    let mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let signature = mac.chain_update(&message).finalize().into_bytes();
    format!("{message}.{}", BASE64.encode(signature))
}

fn verify_claims(verifier: &TokenVerifier, claims: Value) -> Result<User, Problem> {
    let token = signed(&json!({ "alg": "HS256" }), &claims.to_string());
    verifier.verify(&headers(&format!("Bearer {token}")), now())
}

fn claims() -> Value {
    json!({ "sub": "alice", "exp": now().timestamp() + 60 })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn a_token_names_its_user() {
    let token = issue(SECRET, "alice", "", now(), TimeDelta::hours(1)).unwrap();
    for scheme in ["Bearer", "bearer"] {
        let user = verifier()
            .verify(&headers(&format!("{scheme} {token}")), now())
            .unwrap();
        assert_eq!(user.id, "alice");
        assert!(!user.operator);
        assert_eq!(user.must_be_operator().unwrap_err().status(), 403);
    }
}

#[test]
fn a_scope_that_holds_operator_makes_an_operator() {
    for (scope, operator) in [
        ("operator", true),
        ("read operator", true),
        ("operators", false),
        ("Operator", false),
        ("", false),
    ] {
        let user = verify_claims(&verifier(), with("scope", json!(scope))).unwrap();
        assert_eq!(user.operator, operator, "{scope}");
    }
}

#[test]
fn a_request_without_a_token_is_told_to_send_one() {
    for headers in [HeaderMap::new(), headers("Basic YTpi"), headers("Bearer")] {
        let response = verifier()
            .verify(&headers, now())
            .unwrap_err()
            .into_response();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
    }
}

#[test]
fn two_tokens_are_refused() {
    let token = issue(SECRET, "alice", "", now(), TimeDelta::hours(1)).unwrap();
    let mut headers = headers(&format!("Bearer {token}"));
    headers.append(
        AUTHORIZATION,
        HeaderValue::from_str(&format!("Bearer {token}")).unwrap(),
    );
    assert_eq!(
        verifier().verify(&headers, now()).unwrap_err().status(),
        401
    );
}

#[test]
fn a_token_that_has_expired_is_refused() {
    let token = issue(SECRET, "alice", "", now(), TimeDelta::hours(1)).unwrap();
    let headers = headers(&format!("Bearer {token}"));
    let end = now() + TimeDelta::hours(1);
    assert!(
        verifier()
            .verify(&headers, end + TimeDelta::seconds(4))
            .is_ok()
    );
    let response = verifier()
        .verify(&headers, end + TimeDelta::seconds(5))
        .unwrap_err()
        .into_response();
    assert_eq!(
        response.headers()["www-authenticate"],
        "Bearer error=\"invalid_token\""
    );
    assert!(String::from_utf8_lossy(response.body()).contains("has expired"));
}

#[test]
fn a_token_that_never_expires_is_refused() {
    assert!(verify_claims(&verifier(), json!({ "sub": "alice" })).is_err());
    assert!(verify_claims(&verifier(), with("exp", Value::Null)).is_err());
    assert!(verify_claims(&verifier(), with("exp", json!("9999999999"))).is_err());
    assert!(verify_claims(&verifier(), with("exp", json!(-1))).is_err());
    assert!(verify_claims(&verifier(), with("exp", json!(9_999_999_999.5))).is_ok());
}

#[test]
fn a_token_is_not_valid_before_its_time() {
    let at = now().timestamp();
    assert!(verify_claims(&verifier(), with("nbf", json!(at + 5))).is_ok());
    assert!(verify_claims(&verifier(), with("nbf", json!(at + 6))).is_err());
}

#[test]
fn a_token_without_a_proper_user_is_refused() {
    for sub in [
        json!(""),
        json!(null),
        json!(7),
        json!("a\nb"),
        json!("a".repeat(257)),
        // Duebell's own.
        json!("duebell:audit-sink"),
    ] {
        assert!(
            verify_claims(&verifier(), with("sub", sub.clone())).is_err(),
            "{sub}"
        );
    }
    assert!(verify_claims(&verifier(), with("sub", json!("a".repeat(256)))).is_ok());
}

#[test]
fn a_claim_that_comes_twice_is_refused() {
    let token = signed(
        &json!({ "alg": "HS256" }),
        r#"{"sub":"alice","sub":"bob","exp":9999999999}"#,
    );
    assert!(
        verifier()
            .verify(&headers(&format!("Bearer {token}")), now())
            .is_err()
    );
}

#[test]
fn other_algorithms_are_refused_even_if_the_secret_signed_them() {
    for alg in [
        "none", "None", "HS384", "HS512", "RS256", "ES256", "hs256", "",
    ] {
        let token = signed(&json!({ "alg": alg }), &claims().to_string());
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        for token in [token, unsigned] {
            let refused = verifier().verify(&headers(&format!("Bearer {token}")), now());
            assert_eq!(refused.unwrap_err().status(), 401, "{alg}");
        }
    }
}

#[test]
fn a_header_with_something_critical_is_refused() {
    let header = json!({ "alg": "HS256", "crit": ["b64"], "b64": false });
    let token = signed(&header, &claims().to_string());
    assert!(
        verifier()
            .verify(&headers(&format!("Bearer {token}")), now())
            .is_err()
    );
}

#[test]
fn another_secrets_token_is_refused() {
    let token = issue([b'x'; 32], "alice", "", now(), TimeDelta::hours(1)).unwrap();
    assert!(
        verifier()
            .verify(&headers(&format!("Bearer {token}")), now())
            .is_err()
    );
}

#[test]
fn issuer_and_audience_are_checked_where_they_are_set() {
    let strict = TokenVerifier::hs256(SECRET, Some("us"), Some("duebell")).unwrap();
    let origin = |iss: Value, aud: Value| {
        let mut claims = with("iss", iss);
        claims["aud"] = aud;
        claims
    };
    assert!(verify_claims(&strict, origin(json!("us"), json!("duebell"))).is_ok());
    assert!(verify_claims(&strict, origin(json!("us"), json!(["a", "duebell"]))).is_ok());
    for (iss, aud) in [
        (json!("them"), json!("duebell")),
        (json!(["us"]), json!("duebell")),
        (json!(null), json!("duebell")),
        (json!("us"), json!("duebells")),
        (json!("us"), json!([])),
        (json!("us"), json!(null)),
    ] {
        assert!(
            verify_claims(&strict, origin(iss.clone(), aud.clone())).is_err(),
            "{iss} {aud}"
        );
        if !iss.is_array() {
            assert!(verify_claims(&verifier(), origin(iss, aud)).is_ok());
        }
    }
}

#[test]
fn an_empty_issuer_is_none() {
    let verifier = TokenVerifier::hs256(SECRET, Some(""), Some("")).unwrap();
    assert!(verify_claims(&verifier, claims()).is_ok());
}

#[test]
fn a_secret_that_could_be_guessed_is_refused() {
    for secret in ["", "secret", &"a".repeat(31)] {
        assert_eq!(
            TokenVerifier::hs256(secret, None, None).unwrap_err(),
            Unusable::SecretTooShort
        );
    }
}

#[test]
fn no_token_is_made_that_would_be_refused() {
    let issue = |sub, lifetime| issue(SECRET, sub, "", now(), lifetime);
    assert_eq!(issue("", TimeDelta::hours(1)), Err(Unusable::User));
    assert_eq!(issue("a\u{7f}", TimeDelta::hours(1)), Err(Unusable::User));
    assert_eq!(issue("a", TimeDelta::MAX), Err(Unusable::Lifetime));
}

#[test]
fn the_secret_is_in_no_debug_text() {
    assert!(!format!("{:?}", verifier()).contains("secret"));
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(value in "[ -~]*", parts in r"Bearer [A-Za-z0-9_=-]{0,20}(\.[A-Za-z0-9_-]{0,20}){0,3}") {
        prop_assert!(verifier().verify(&headers(&value), now()).is_err());
        prop_assert!(verifier().verify(&headers(&parts), now()).is_err());
    }

    #[test]
    fn no_claims_make_it_panic(header in r#"\{"alg":"HS256"[,":a-z0-9\[\]]*\}"#, claims in r#"[{}\[\]":,a-z0-9.-]*"#) {
        let header: Value = serde_json::from_str(&header).unwrap_or(json!({ "alg": "HS256" }));
        let token = signed(&header, &claims);
        let _ = verifier().verify(&headers(&format!("Bearer {token}")), now());
    }

    #[test]
    fn a_changed_token_is_refused(at: prop::sample::Index, with in "[A-Za-z0-9_-]") {
        let token = issue(SECRET, "alice", "", now(), TimeDelta::hours(1)).unwrap();
        let at = at.index(token.len());
        let changed = format!("{}{with}{}", &token[..at], &token[at + 1..]);
        prop_assume!(changed != token);
        let headers = headers(&format!("Bearer {changed}"));
        prop_assert!(verifier().verify(&headers, now()).is_err());
    }
}
