//! The wire form of tokens, their limits, and the headers that are read. The conformance suite tests what every
//! implementation promises.

use std::sync::Arc;

use bailiwick_app::{AccessClaims, AccessTokens, TokenFault};
use bailiwick_infra::{JwtKeys, JwtTokens, KeyError, TokenParties};
use bailiwick_kernel::{SessionId, UserId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use time::Duration;

use crate::fakes::{CountingIds, now};

const SECRET: &[u8] = b"the quick brown fox jumps over the lazy dog";
const USER: &str = "0198c5a0-7d3e-7000-8000-0000000000a1";
const SESSION: &str = "0198c5a0-7d3e-7000-8000-0000000000b1";

fn tokens_of(party: TokenParties) -> JwtTokens {
    JwtTokens::new(JwtKeys::hs256(SECRET).unwrap(), party, Arc::new(CountingIds::default())).unwrap()
}

fn tokens() -> JwtTokens {
    tokens_of(TokenParties::default())
}

fn seconds() -> i64 {
    now().unix_seconds()
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn mac(message: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap().chain_update(message);
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Returns a token with these parts, signed with the right key.
fn token(header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    format!("{message}.{}", mac(&message))
}

/// Returns the documented key id of the secret.
fn key_id() -> String {
    mac("bailiwick key id")[..12].to_owned()
}

fn plain() -> Value {
    json!({"typ": "JWT", "alg": "HS256"})
}

/// Returns valid claims with these changes; `null` removes a claim.
fn claims(changes: Value) -> Value {
    let mut all = json!({"id": USER, "sub": USER, "sid": SESSION, "iat": seconds(), "exp": seconds() + 60});
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (name, value) in changes {
        if value.is_null() {
            all.as_object_mut().unwrap().remove(&name);
        } else {
            all[name] = value;
        }
    }
    all
}

fn verdict_on_header(header: &Value) -> Result<AccessClaims, TokenFault> {
    tokens().verify(&token(header, &claims(json!({}))), now())
}

fn to_sign() -> AccessClaims {
    AccessClaims {
        user: UserId::parse(USER).unwrap(),
        session: SessionId::parse(SESSION).unwrap(),
        issued_at: now(),
        expires_at: now() + Duration::minutes(1),
    }
}

#[test]
fn the_wire_form_is_the_documented_one() {
    let us = TokenParties { issuer: Some("https://id.example".to_owned()), audience: Some("api".to_owned()) };
    let text = tokens_of(us).sign(&to_sign());
    let parts: Vec<_> = text.split('.').collect();
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let header = json!({"typ": "JWT", "alg": "HS256", "kid": key_id()});
    assert_eq!(serde_json::from_slice::<Value>(&decoded(parts[0])).unwrap(), header);
    let payload = decoded(parts[1]);
    assert!(payload.is_ascii());
    assert_eq!(
        serde_json::from_slice::<Value>(&payload).unwrap(),
        json!({
            "id": USER, "sub": USER, "sid": SESSION, "jti": "0198c5a0-7d3e-7000-8000-000000000001",
            "iat": seconds(), "exp": seconds() + 60, "iss": "https://id.example", "aud": "api",
        })
    );
    assert_eq!(parts[2], mac(&format!("{}.{}", parts[0], parts[1])));
}

#[test]
fn every_token_has_an_id_of_its_own() {
    let tokens = tokens();
    assert_ne!(tokens.sign(&to_sign()), tokens.sign(&to_sign()));
}

#[test]
fn a_huge_token_is_refused_before_any_work() {
    let huge = claims(json!({"x": "x".repeat(6 * 1024)}));
    let text = token(&plain(), &huge);
    assert!(text.len() > 8 * 1024);
    assert_eq!(tokens().verify(&text, now()), Err(TokenFault::Malformed));
    assert_eq!(tokens().verify(&".".repeat(9000), now()), Err(TokenFault::Malformed));
    let large = token(&plain(), &claims(json!({"x": "x".repeat(5 * 1024)})));
    tokens().verify(&large, now()).unwrap();
}

#[test]
fn headers_in_another_spelling_are_read() {
    for header in [
        json!({"alg": "HS256"}),
        json!({"alg": "HS256", "typ": "jwt"}),
        json!({"alg": "HS256", "typ": "JWT", "kid": null}),
        json!({"alg": "HS256", "typ": "JWT", "kid": key_id()}),
        json!({"alg": "HS256", "kid": key_id()}),
    ] {
        verdict_on_header(&header).unwrap();
    }
}

#[test]
fn odd_headers_are_refused() {
    for header in [
        json!({"alg": "HS256", "crit": ["exp"]}),
        json!({"alg": "HS256", "crit": []}),
        json!({"alg": "HS256", "b64": false}),
        json!({"alg": "HS256", "zip": "DEF"}),
        json!({"alg": "HS256", "jku": "https://evil.example/keys"}),
        json!({"alg": "HS256", "x5u": "https://evil.example/cert"}),
        json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}}),
        json!({"alg": "HS256", "kid": 7}),
        json!({"alg": "HS256", "typ": 7}),
        json!({"alg": "HS256", "typ": ["JWT"]}),
        json!({"alg": "HS256", "typ": "secevent+jwt"}),
        json!({"alg": 256}),
        json!(["HS256"]),
        json!("HS256"),
        json!(null),
    ] {
        assert_eq!(verdict_on_header(&header), Err(TokenFault::Malformed), "{header}");
    }
}

#[test]
fn a_header_that_is_no_json_or_says_a_thing_twice_is_refused() {
    let payload = encoded(&claims(json!({})));
    for header in [r#"{"alg":"none","alg":"HS256"}"#, "{", "", "\u{ff}"] {
        let message = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
        let text = format!("{message}.{}", mac(&message));
        assert_eq!(tokens().verify(&text, now()), Err(TokenFault::Malformed), "{header}");
    }
    assert_eq!(tokens().verify(&format!("&&.{payload}.x"), now()), Err(TokenFault::Malformed));
}

#[test]
fn a_payload_that_is_no_object_or_says_a_thing_twice_is_refused() {
    let twice = format!(r#"{{"sub":"{USER}","sid":"{SESSION}","iat":1,"exp":1,"exp":4102444800}}"#);
    let list = format!(r#"["{USER}","{USER}","{SESSION}",1,null,4102444800,null,null]"#);
    for payload in ["[]", "7", "null", "", "{", &twice, &list] {
        let message = format!("{}.{}", encoded(&plain()), URL_SAFE_NO_PAD.encode(payload));
        let text = format!("{message}.{}", mac(&message));
        assert_eq!(tokens().verify(&text, now()), Err(TokenFault::Malformed), "{payload}");
    }
}

#[test]
fn names_outside_ascii_are_refused_at_start() {
    let party = TokenParties { issuer: Some("Zoë".to_owned()), audience: None };
    let tokens = JwtTokens::new(JwtKeys::hs256(SECRET).unwrap(), party, Arc::new(CountingIds::default()));
    assert_eq!(tokens.err(), Some(KeyError::NotAscii));
}

#[test]
fn a_good_signature_is_told_apart_from_what_else_is_wrong() {
    let expired = token(&plain(), &claims(json!({"exp": seconds() - 60})));
    assert!(tokens().signature_matches(&expired));
    let fault = tokens().fault_beside_signature(&expired, now());
    assert!(matches!(fault, Some(TokenFault::Expired(ago)) if ago.whole_seconds() == 60), "{fault:?}");

    let good = token(&plain(), &claims(json!({})));
    let foreign = format!("{}.{}", good.rsplit_once('.').unwrap().0, mac("something else"));
    assert!(!tokens().signature_matches(&foreign));
    assert_eq!(tokens().fault_beside_signature(&foreign, now()), None);
    for (text, fault) in [
        ("a.b", TokenFault::PartCount(2)),
        ("&&.b.c", TokenFault::Malformed),
        (&token(&json!({"alg": "none"}), &claims(json!({}))), TokenFault::WrongAlgorithm),
    ] {
        assert_eq!(tokens().fault_beside_signature(text, now()), Some(fault), "{text}");
    }
}
