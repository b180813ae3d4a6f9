//! Tokens made by hand, each refused for one reason.

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
const OTHER: &str = "0198c5a0-7d3e-7000-8000-0000000000a2";
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

fn verdict_on_claims(changes: Value) -> Result<AccessClaims, TokenFault> {
    tokens().verify(&token(&plain(), &claims(changes)), now())
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
fn a_signed_token_reads_back_in_whole_seconds() {
    let tokens = tokens();
    let read = tokens.verify(&tokens.sign(&to_sign()), now()).unwrap();
    assert_eq!((read.user, read.session), (to_sign().user, to_sign().session));
    assert_eq!(read.issued_at.unix_micros(), seconds() * 1_000_000);
    assert_eq!(read.expires_at.unix_micros(), (seconds() + 60) * 1_000_000);
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
fn other_numbers_of_parts_are_counted() {
    for (text, parts) in [("", 1), ("abc", 1), ("a.b", 2), ("a.b.c.d", 4), ("a.b.c.d.e", 5)] {
        assert_eq!(tokens().verify(text, now()), Err(TokenFault::PartCount(parts)), "{text:?}");
    }
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
fn other_algorithms_are_refused_whoever_signed() {
    for alg in ["none", "None", "nOnE", "", "RS256", "HS512", "hs256", "EdDSA", "ES256"] {
        let verdict = verdict_on_header(&json!({"typ": "JWT", "alg": alg}));
        assert_eq!(verdict, Err(TokenFault::WrongAlgorithm), "{alg:?}");
    }
    assert_eq!(verdict_on_header(&json!({"typ": "JWT"})), Err(TokenFault::WrongAlgorithm));
    let unsigned = format!("{}.{}.", encoded(&json!({"alg": "none"})), encoded(&claims(json!({}))));
    assert_eq!(tokens().verify(&unsigned, now()), Err(TokenFault::WrongAlgorithm));
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
fn a_key_that_nobody_knows_signed_nothing() {
    for kid in ["", "2026", "../../dev/null", "' OR 1=1", &key_id()[1..]] {
        let verdict = verdict_on_header(&json!({"alg": "HS256", "typ": "JWT", "kid": kid}));
        assert_eq!(verdict, Err(TokenFault::BadSignature), "{kid:?}");
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
fn another_key_or_an_altered_part_is_a_bad_signature() {
    let good = token(&plain(), &claims(json!({})));
    let parts: Vec<_> = good.split('.').collect();
    let other = JwtKeys::hs256(b"another secret of thirty-two bytes or more").unwrap();
    let other = JwtTokens::new(other, TokenParties::default(), Arc::new(CountingIds::default())).unwrap();
    assert_eq!(other.verify(&good, now()), Err(TokenFault::BadSignature));

    let payload = encoded(&claims(json!({"id": OTHER, "sub": OTHER})));
    for text in [
        format!("{}.{payload}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.AAAA", parts[0], parts[1]),
        format!("{}.{}.&&&&", parts[0], parts[1]),
        format!("{good}="),
        format!("{good}AAAA"),
        good[..good.len() - 1].to_owned(),
    ] {
        assert_eq!(tokens().verify(&text, now()), Err(TokenFault::BadSignature), "{text}");
    }
}

#[test]
fn unsigned_claims_are_not_even_looked_at() {
    let expired = encoded(&claims(json!({"exp": seconds() - 60})));
    let text = format!("{}.{expired}.{}", encoded(&plain()), mac("something else"));
    assert_eq!(tokens().verify(&text, now()), Err(TokenFault::BadSignature));
}

#[test]
fn a_token_without_expiry_is_refused() {
    assert_eq!(verdict_on_claims(json!({"exp": null})), Err(TokenFault::NoExpiry));
}

#[test]
fn claims_of_a_wrong_type_are_refused() {
    for changes in [
        json!({"exp": "4102444800"}),
        json!({"exp": 4_102_444_800.5}),
        json!({"exp": 1e300}),
        json!({"exp": [4_102_444_800_i64]}),
        json!({"exp": true}),
        json!({"exp": i64::MAX}),
        json!({"exp": u64::MAX}),
        json!({"iat": "0"}),
        json!({"iat": 0.5}),
        json!({"iat": null}),
        json!({"iat": i64::MIN}),
        json!({"nbf": "0"}),
        json!({"sub": 7}),
        json!({"sub": "root"}),
        json!({"id": ""}),
        json!({"id": null, "sub": null}),
        json!({"sid": null}),
        json!({"sid": "x"}),
        json!({"iss": 7}),
        json!({"aud": {"a": 1}}),
    ] {
        assert_eq!(verdict_on_claims(changes.clone()), Err(TokenFault::Malformed), "{changes}");
    }
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
fn either_name_of_the_user_will_do_but_not_two_users() {
    let user = UserId::parse(USER).unwrap();
    assert_eq!(verdict_on_claims(json!({"id": null})).unwrap().user, user);
    assert_eq!(verdict_on_claims(json!({"sub": null})).unwrap().user, user);
    assert_eq!(verdict_on_claims(json!({"id": OTHER})), Err(TokenFault::TwoSubjects));
}

#[test]
fn expiry_has_no_leeway() {
    let text = token(&plain(), &claims(json!({"exp": seconds()})));
    let on_the_second = now() + Duration::microseconds(-678_901);
    let verify = |at| tokens().verify(&text, at);
    verify(on_the_second + Duration::microseconds(-1)).unwrap();
    assert_eq!(verify(on_the_second), Err(TokenFault::Expired(Duration::ZERO)));
    assert_eq!(verify(on_the_second + Duration::hours(2)), Err(TokenFault::Expired(Duration::hours(2))));
}

#[test]
fn a_clock_may_be_thirty_seconds_ahead() {
    for name in ["iat", "nbf"] {
        verdict_on_claims(json!({ name: seconds() + 30 })).unwrap();
        assert_eq!(
            verdict_on_claims(json!({ name: seconds() + 31 })),
            Err(TokenFault::NotYetValid),
            "{name}"
        );
    }
}

#[test]
fn issuer_and_audience_are_checked_when_configured() {
    let party = TokenParties { issuer: Some("us".to_owned()), audience: Some("api".to_owned()) };
    let tokens = tokens_of(party);
    for (iss, aud, good) in [
        (json!("us"), json!("api"), true),
        (json!("us"), json!(["web", "api"]), true),
        (json!("us"), json!(["web"]), false),
        (json!("us"), json!([]), false),
        (json!("us"), json!("web"), false),
        (json!("us"), Value::Null, false),
        (json!("them"), json!("api"), false),
        (Value::Null, json!("api"), false),
    ] {
        let text = token(&plain(), &claims(json!({"iss": iss, "aud": aud})));
        let verdict = tokens.verify(&text, now());
        assert_eq!(verdict.is_ok(), good, "{iss} {aud}: {verdict:?}");
        assert!(good || verdict == Err(TokenFault::WrongParty));
    }
}

#[test]
fn a_token_for_somebody_in_particular_is_not_for_one_without_a_name() {
    assert_eq!(verdict_on_claims(json!({"aud": "web"})), Err(TokenFault::WrongParty));
    verdict_on_claims(json!({"iss": "anybody"})).unwrap();
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
