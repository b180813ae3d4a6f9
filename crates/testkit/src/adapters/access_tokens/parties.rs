//! Issuer and audience (RFC 7519, sections 4.1.1 and 4.1.3).

use std::sync::Arc;

use bailiwick_app::{AccessTokens, TokenFault};
use serde_json::{Value, json};

use super::tools::{changed, claims, now};
use super::{Service, World};

fn service(issuer: Option<&str>, audience: Option<&str>) -> Service {
    let [issuer, audience] = [issuer, audience].map(|text| text.map(str::to_owned));
    Service { key: 1, issuer, audience, ..Service::default() }
}

/// Asserts what the service decides on tokens of the right key with these claims.
fn assert_decides(world: &World, tokens: &Arc<dyn AccessTokens>, name: &str, cases: &[(Value, bool)]) {
    for (value, is_own) in cases {
        let claims = changed(json!({"iss": "us", "aud": "api", name: value}));
        let token = world.signed(1, world.header().to_string(), claims.to_string());
        let verdict = tokens.verify(&token, now());
        assert_eq!(verdict.is_ok(), *is_own, "{name}: {value}: {verdict:?}");
        assert!(*is_own || verdict == Err(TokenFault::WrongParty), "{name}: {value}: {verdict:?}");
    }
}

pub async fn the_issuer_must_be_the_own_one(world: World) {
    let own = world.tokens(&service(Some("us"), Some("api")));
    assert!(own.verify(&own.sign(&claims()), now()).is_ok());
    let cases = [(json!("us"), true), (json!("them"), false), (json!("US"), false), (json!(""), false)];
    assert_decides(&world, &own, "iss", &cases);
    assert_decides(&world, &own, "iss", &[(Value::Null, false)]);
    let foreign = world.tokens(&service(Some("them"), Some("api"))).sign(&claims());
    assert_eq!(own.verify(&foreign, now()), Err(TokenFault::WrongParty));
}

pub async fn the_audience_must_name_the_service(world: World) {
    let own = world.tokens(&service(Some("us"), Some("api")));
    let cases = [
        (json!("api"), true),
        (json!(["web", "api"]), true),
        (json!(["web"]), false),
        (json!([]), false),
        (json!("web"), false),
        (json!("api2"), false),
        (Value::Null, false),
    ];
    assert_decides(&world, &own, "aud", &cases);
    let foreign = world.tokens(&service(Some("us"), Some("web"))).sign(&claims());
    assert_eq!(own.verify(&foreign, now()), Err(TokenFault::WrongParty));
}

pub async fn a_token_for_another_audience_is_refused_by_a_service_without_one(world: World) {
    let token = world.tokens(&service(None, Some("web"))).sign(&claims());
    assert_eq!(world.plain().verify(&token, now()), Err(TokenFault::WrongParty));
    let token = world.tokens(&service(Some("anybody"), None)).sign(&claims());
    assert!(world.plain().verify(&token, now()).is_ok(), "without an issuer of its own it accepts each");
}
