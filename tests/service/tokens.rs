//! The attacks of which RFC 8725 warns, against the service.

use bailiwick::infra::JwtKeys;
use bailiwick_testkit::app::{Caller, Engine, SECRET, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

use crate::forge::{Forge, encoded, part, raw, saying, signed};

const MALFORMED: &str = "The token is malformed:";
const ALGORITHM: &str = "The token names another signing algorithm";
const SIGNATURE: &str = "The signature does not match:";
const NO_EXPIRY: &str = "The token has no expiry";
const EXPIRED: &str = "The token expired ";
const NOT_YET: &str = "The token is not valid yet:";
const TWO_USERS: &str = "The claims id and sub name different users.";
const OTHER_PARTY: &str = "The token is from another issuer";
const REVOKED: &str = "The session of this token was ended.";

const OTHER_SECRET: &[u8] = b"another secret of thirty-two bytes or more";
const NOBODY: &str = "0198c5a0-7d3e-7000-8000-0000000000a1";

/// Asserts that each token is refused for its reason, and that the response says no more.
async fn refuses_each(caller: &Caller, tokens: Vec<(String, &str)>) {
    for (token, cause) in tokens {
        let reply = caller.with_token(&token).me().await;
        let reply = reply.refuses(401, "Invalid or expired token");
        assert!(reply.text_of("/hint").starts_with(cause), "{token}: {}", reply.text);
        assert_eq!(reply.header("www-authenticate"), r#"Bearer error="invalid_token""#);
        let body = reply.json();
        let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["code", "detail", "hint", "request_id", "status", "title", "type"]);
        let secrets = [std::str::from_utf8(SECRET).unwrap(), &caller.id, &token];
        assert!(secrets.iter().all(|secret| !reply.text.contains(secret)), "{}", reply.text);
    }
}

on_every_engine!(a_good_token_made_by_hand_is_one);

/// Otherwise the tokens below might be refused for another reason.
async fn a_good_token_made_by_hand_is_one(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let forge = Forge::of(&ada.token);
    let soon = forge.claims["iat"].as_i64().unwrap() + 30;
    for token in [
        saying(&forge.claims),
        saying(&forge.without("sub")),
        saying(&forge.without("id")),
        saying(&forge.changed(&json!({ "iat": soon, "nbf": soon }))),
        forge.headed(&json!({ "alg": "HS256" })),
        forge.headed(&part(&ada.token, 0)),
    ] {
        ada.with_token(&token).me().await.is(200);
    }
}

on_every_engine!(headers_that_want_too_much_are_refused);

async fn headers_that_want_too_much_are_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let forge = Forge::of(&ada.token);
    let payload = forge.claims.to_string();
    let mut tokens = Vec::new();
    for alg in
        ["none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA"]
    {
        let header = json!({ "alg": alg, "typ": "JWT" });
        tokens.push((forge.headed(&header), ALGORITHM));
        tokens.push((format!("{}.{}.", encoded(header.to_string()), encoded(&payload)), ALGORITHM));
    }
    tokens.push((forge.headed(&json!({ "typ": "JWT" })), ALGORITHM));
    tokens.push((forge.headed(&json!({ "alg": null })), ALGORITHM));
    for more in [
        json!({ "crit": ["exp"] }),
        json!({ "crit": ["http://example.com/UNDEFINED"], "http://example.com/UNDEFINED": true }),
        json!({ "jku": format!("{}/keys.json", app.base) }),
        json!({ "x5u": format!("{}/cert.pem", app.base) }),
        json!({ "jwk": { "kty": "oct", "k": encoded(OTHER_SECRET) } }),
        json!({ "x5c": ["MIIB"] }),
        json!({ "zip": "DEF" }),
        json!({ "b64": false }),
        json!({ "cty": "JWT" }),
        json!({ "kid": 7 }),
        json!({ "kid": ["a"] }),
        json!({ "typ": "secevent+jwt" }),
        json!({ "alg": ["HS256"] }),
        json!({ "x": "x".repeat(2000) }),
    ] {
        let mut header = json!({ "alg": "HS256", "typ": "JWT" });
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        tokens.push((forge.headed(&header), MALFORMED));
    }
    // The token is signed with the key in its header, which must not be used.
    let brought = json!({ "alg": "HS256", "jwk": { "kty": "oct", "k": encoded(OTHER_SECRET) } });
    tokens.push((signed(&encoded(brought.to_string()), &encoded(&payload), OTHER_SECRET), MALFORMED));
    for header in [r#"{"alg":"none","alg":"HS256"}"#, r#"{"alg":"HS256","kid":"a","kid":"b"}"#, "[]", "{", ""]
    {
        tokens.push((raw(header, &payload), MALFORMED));
    }
    refuses_each(&ada, tokens).await;
}

on_every_engine!(signatures_of_others_are_refused);

async fn signatures_of_others_are_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let forge = Forge::of(&ada.token);
    let (message, signature) = ada.token.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let elevated = encoded(forge.changed(&json!({ "sub": NOBODY, "id": NOBODY })).to_string());
    let plain = encoded(json!({ "alg": "HS256" }).to_string());
    let unknown = encoded(json!({ "alg": "HS256", "kid": "../../dev/null" }).to_string());
    let tokens = [
        signed(header, payload, OTHER_SECRET),
        signed(&plain, payload, OTHER_SECRET),
        signed(&plain, payload, b""),
        signed(&unknown, payload, SECRET),
        signed(&unknown, payload, b""),
        format!("{header}.{elevated}.{signature}"),
        format!("{message}."),
        format!("{}=", ada.token),
        format!("{}%20", ada.token),
        format!("{}A", ada.token),
        ada.token[..ada.token.len() - 1].to_owned(),
        other_last_bits(&ada.token),
    ];
    refuses_each(&ada, tokens.into_iter().map(|token| (token, SIGNATURE)).collect()).await;
}

/// The same bytes with another last character, because base64 has bits to spare there.
fn other_last_bits(token: &str) -> String {
    let last = token.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = alphabet.chars().nth(alphabet.find(last).unwrap() + 1).unwrap();
    format!("{}{next}", &token[..token.len() - 1])
}

on_every_engine!(shapes_that_are_no_token_are_refused);

async fn shapes_that_are_no_token_are_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let forge = Forge::of(&ada.token);
    let (message, signature) = ada.token.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let huge = forge.changed(&json!({ "x": "x".repeat(20_000) }));
    let tokens = vec![
        (header.to_owned(), "The token has 1 part;"),
        (message.to_owned(), "The token has 2 parts;"),
        (format!("{}.x", ada.token), "The token has 4 parts;"),
        (format!("{}.x.y", ada.token), "The token has 5 parts;"),
        ("..".to_owned(), MALFORMED),
        (format!("..{signature}"), MALFORMED),
        (format!("{header}=.{payload}.{signature}"), MALFORMED),
        (signed(&format!("{header}="), payload, SECRET), MALFORMED),
        (signed(header, &format!("{payload}="), SECRET), MALFORMED),
        (signed(header, &format!("{payload}+/"), SECRET), MALFORMED),
        (signed(header, "", SECRET), MALFORMED),
        (saying(&huge), MALFORMED),
        (forge.headed(&json!({ "alg": "HS256", "x": "x".repeat(20_000) })), MALFORMED),
        (".".repeat(20_000), MALFORMED),
        // A token nested in a token.
        (signed(header, &encoded(&ada.token), SECRET), MALFORMED),
    ];
    refuses_each(&ada, tokens).await;
    for spaced in [format!(" {}", ada.token), ada.token.replace('.', " ."), ada.token.replace('.', "\t.")] {
        ada.with_token(&spaced).me().await.refuses(401, "Invalid authorization");
    }
}

on_every_engine!(claims_that_are_none_are_refused);

async fn claims_that_are_none_are_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let forge = Forge::of(&ada.token);
    let (iat, exp) = (forge.claims["iat"].as_i64().unwrap(), forge.claims["exp"].as_i64().unwrap());
    let mut tokens: Vec<_> = [
        (json!({ "exp": exp.to_string() }), MALFORMED),
        (json!({ "exp": 1e300 }), MALFORMED),
        (json!({ "exp": 4_102_444_800.5 }), MALFORMED),
        (json!({ "exp": i64::MAX }), MALFORMED),
        (json!({ "exp": u64::MAX }), MALFORMED),
        (json!({ "exp": [exp] }), MALFORMED),
        (json!({ "exp": { "$gt": 0 } }), MALFORMED),
        (json!({ "exp": true }), MALFORMED),
        (json!({ "exp": null }), NO_EXPIRY),
        (json!({ "exp": -1 }), EXPIRED),
        (json!({ "exp": 0 }), EXPIRED),
        (json!({ "exp": iat }), EXPIRED),
        (json!({ "iat": iat + 31 }), NOT_YET),
        (json!({ "nbf": iat + 31 }), NOT_YET),
        (json!({ "nbf": iat.to_string() }), MALFORMED),
        (json!({ "iat": null }), MALFORMED),
        (json!({ "iat": 0.5 }), MALFORMED),
        (json!({ "sub": 7 }), MALFORMED),
        (json!({ "sub": [ada.id] }), MALFORMED),
        (json!({ "sub": "root", "id": "root" }), MALFORMED),
        (json!({ "sub": null, "id": null }), MALFORMED),
        (json!({ "id": true }), MALFORMED),
        (json!({ "id": { "$ne": null } }), MALFORMED),
        (json!({ "id": bob.id }), TWO_USERS),
        (json!({ "sub": bob.id }), TWO_USERS),
        (json!({ "sid": 7 }), MALFORMED),
        (json!({ "sid": null }), MALFORMED),
        (json!({ "sid": "" }), MALFORMED),
        (json!({ "sid": NOBODY }), REVOKED),
        (json!({ "sub": bob.id, "id": bob.id }), REVOKED),
        (json!({ "sub": NOBODY, "id": NOBODY }), REVOKED),
        (json!({ "aud": "somebody else" }), OTHER_PARTY),
        (json!({ "aud": 7 }), MALFORMED),
    ]
    .into_iter()
    .map(|(changes, cause)| (saying(&forge.changed(&changes)), cause))
    .collect();
    for (name, cause) in [("exp", NO_EXPIRY), ("iat", MALFORMED), ("sid", MALFORMED)] {
        tokens.push((saying(&forge.without(name)), cause));
    }
    let plain = r#"{"alg":"HS256","typ":"JWT"}"#;
    let twice = |name: &str, value: &Value| {
        forge.claims.to_string().replacen('{', &format!("{{{}:{value},", json!(name)), 1)
    };
    for payload in [
        twice("exp", &json!(4_102_444_800_i64)),
        twice("sub", &json!(bob.id)),
        twice("sid", &json!(NOBODY)),
        json!([ada.id, ada.id, forge.claims["sid"], iat, null, exp]).to_string(),
        json!(ada.token).to_string(),
        "null".to_owned(),
        "{".to_owned(),
    ] {
        tokens.push((raw(plain, &payload), MALFORMED));
    }
    refuses_each(&ada, tokens).await;
}

fn key_pair() -> JwtKeys {
    JwtKeys::ed25519_seed(&[7; 32]).unwrap()
}

on_every_engine!(a_public_key_is_no_secret_to_sign_with);

async fn a_public_key_is_no_secret_to_sign_with(engine: Engine) {
    let options = TestAppOptions { keys: key_pair, ..TestAppOptions::default() };
    let app = TestApp::start_with(&engine, options).await;
    let ada = app.sign_up("ada").await;
    let keys = app.anyone().get("/.well-known/jwks.json").await.is(200);
    let x = keys.text_of("/keys/0/x");
    let public = base64_decoded(&x);
    let spki =
        [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], &public[..]].concat();
    let payload = encoded(Forge::of(&ada.token).claims.to_string());
    let mut tokens = Vec::new();
    for secret in [&public[..], x.as_bytes(), &spki, keys.text.as_bytes(), b""] {
        for header in [
            json!({ "alg": "HS256", "typ": "JWT" }),
            json!({ "alg": "HS256", "typ": "JWT", "kid": keys.field("/keys/0/kid") }),
        ] {
            tokens.push((signed(&encoded(header.to_string()), &payload, secret), ALGORITHM));
        }
        let lie = json!({ "alg": "EdDSA", "typ": "JWT" });
        tokens.push((signed(&encoded(lie.to_string()), &payload, secret), SIGNATURE));
    }
    let (message, signature) = ada.token.rsplit_once('.').unwrap();
    tokens.push((format!("{message}."), SIGNATURE));
    tokens.push((format!("{message}.{}", "A".repeat(signature.len())), SIGNATURE));
    tokens.push((other_last_bits(&ada.token), SIGNATURE));
    tokens.push((format!("{}=", ada.token), SIGNATURE));
    refuses_each(&ada, tokens).await;
    ada.me().await.is(200);
}

fn base64_decoded(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}
