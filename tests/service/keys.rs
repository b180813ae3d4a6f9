//! The keys of access tokens: published, and rotated without a refused token.

use bailiwick::infra::JwtKeys;
use bailiwick_testkit::app::{Caller, Engine, SECRET, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::json;
use time::Duration;

use crate::forge::{Forge, part, saying};
use crate::logins::{is_logged_out, log_in, refresh, refuses_refresh};

const NEW_SECRET: &[u8] = b"the next secret of the tests, long enough";

fn old_pair() -> JwtKeys {
    JwtKeys::ed25519_seed(&[1; 32]).unwrap()
}

fn new_pair() -> JwtKeys {
    JwtKeys::ed25519_seed(&[2; 32]).unwrap()
}

fn both_pairs() -> JwtKeys {
    new_pair().with_previous(&old_pair()).unwrap()
}

fn old_secret() -> JwtKeys {
    JwtKeys::hs256(SECRET).unwrap()
}

fn new_secret() -> JwtKeys {
    JwtKeys::hs256(NEW_SECRET).unwrap()
}

fn both_secrets() -> JwtKeys {
    new_secret().with_previous(&old_secret()).unwrap()
}

fn with(keys: fn() -> JwtKeys) -> TestAppOptions {
    TestAppOptions { keys, ..TestAppOptions::default() }
}

fn key_id(token: &str) -> String {
    part(token, 0)["kid"].as_str().unwrap().to_owned()
}

/// The same account on the restarted service.
fn again(app: &TestApp, caller: &Caller) -> Caller {
    app.anyone().with_token(&caller.token)
}

on_every_engine!(a_new_key_refuses_no_token_of_the_old_one);

async fn a_new_key_refuses_no_token_of_the_old_one(engine: Engine) {
    let rotations: [[fn() -> JwtKeys; 3]; 2] =
        [[old_secret, both_secrets, new_secret], [old_pair, both_pairs, new_pair]];
    for [old, both, new] in rotations {
        let mut app = TestApp::start_with(&engine, with(old)).await;
        let ada = app.sign_up("ada").await;

        app.restart_with(with(both)).await;
        again(&app, &ada).me().await.is(200);
        let renewed = app.log_in("ada@example.com").await;
        assert_ne!(key_id(&renewed.token), key_id(&ada.token));

        app.restart_with(with(new)).await;
        again(&app, &renewed).me().await.is(200);
        let refused = again(&app, &ada).me().await.refuses(401, "Invalid or expired token");
        assert!(refused.text_of("/hint").contains("another secret"), "{}", refused.text);
    }
}

on_every_engine!(tokens_without_a_key_id_are_read_with_every_key);

async fn tokens_without_a_key_id_are_read_with_every_key(engine: Engine) {
    let app = TestApp::start_with(&engine, with(both_secrets)).await;
    let ada = app.sign_up("ada").await;
    let forge = Forge::of(&ada.token);
    // `saying` signs with the old secret.
    ada.with_token(&saying(&forge.claims)).me().await.is(200);
    let wrong_name = json!({ "alg": "HS256", "kid": key_id(&ada.token) });
    let refused = ada.with_token(&forge.headed(&wrong_name)).me().await;
    refused.refuses(401, "Invalid or expired token");
}

on_every_engine!(others_read_tokens_with_the_published_keys);

async fn others_read_tokens_with_the_published_keys(engine: Engine) {
    let mut app = TestApp::start_with(&engine, with(old_pair)).await;
    let ada = app.sign_up("ada").await;
    app.restart_with(with(both_pairs)).await;
    let renewed = app.log_in("ada@example.com").await;

    let reply = app.anyone().get("/.well-known/jwks.json").await.is(200);
    assert_eq!(reply.header("cache-control"), "public, max-age=300");
    let kids: Vec<_> = [&renewed, &ada].map(|caller| key_id(&caller.token)).into();
    for (number, kid) in kids.iter().enumerate() {
        let key = reply.field(&format!("/keys/{number}"));
        let x = &key["x"];
        let expected =
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": "EdDSA", "use": "sig" });
        assert_eq!(key, expected);
    }
    let keys: JwkSet = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(keys.keys.len(), 2);
    for token in [&ada.token, &renewed.token] {
        let key = DecodingKey::from_jwk(keys.find(&key_id(token)).unwrap()).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let public = UnparsedPublicKey::new(&ED25519, key.try_get_as_bytes().unwrap());
        public.verify(message.as_bytes(), &signature).unwrap();
        assert_eq!(part(token, 1)["sub"], ada.id.as_str());
    }
}

on_every_engine!(a_shared_secret_is_not_published);

async fn a_shared_secret_is_not_published(engine: Engine) {
    let app = TestApp::start_with(&engine, with(both_secrets)).await;
    for path in ["/.well-known/jwks.json", "/api/.well-known/jwks.json"] {
        let reply = app.anyone().with_token("nonsense").get(path).await.is(200);
        assert_eq!(reply.json(), json!({ "keys": [] }));
        assert_eq!(reply.header("content-type"), "application/json");
    }
}

on_every_engine!(a_renewal_under_way_survives_a_new_key);

/// The response to a renewal was lost, and the key changed before the token was presented again.
async fn a_renewal_under_way_survives_a_new_key(engine: Engine) {
    let rotations: [[fn() -> JwtKeys; 2]; 2] = [[old_secret, both_secrets], [old_pair, both_pairs]];
    for [old, both] in rotations {
        // The second round has no stored successor, as an older release left it.
        for forgotten in [false, true] {
            let mut app = TestApp::start_with(&engine, with(old)).await;
            app.sign_up("ada").await;
            let (_, first) = log_in(&app, "ada@example.com").await;
            let second = refresh(&app, &first).await.is(200).text_of("/refresh_token");
            if forgotten {
                app.operator("UPDATE refresh_tokens SET successor = NULL").await;
            }
            app.clock.advance(Duration::seconds(9));
            app.restart_with(with(both)).await;
            let again = refresh(&app, &first).await.is(200);
            assert_eq!(again.text_of("/refresh_token"), second);
            let ada = app.anyone().with_token(&again.text_of("/access_token"));
            ada.me().await.is(200);
            // Once used, it has a successor under the new key; the reuse of the first one is then a theft.
            let third = refresh(&app, &second).await.is(200).text_of("/refresh_token");
            assert_eq!(refresh(&app, &second).await.is(200).text_of("/refresh_token"), third);
            refuses_refresh(refresh(&app, &first).await);
            is_logged_out(&ada).await;
        }
    }
}

on_every_engine!(a_node_without_the_key_of_a_renewal_ends_no_session);

/// While nodes are updated one by one, each of them may lack the key of another.
async fn a_node_without_the_key_of_a_renewal_ends_no_session(engine: Engine) {
    let mut app = TestApp::start_with(&engine, with(old_secret)).await;
    app.sign_up("ada").await;
    let (_, first) = log_in(&app, "ada@example.com").await;
    let (_, other) = log_in(&app, "ada@example.com").await;
    let second = refresh(&app, &first).await.is(200).text_of("/refresh_token");
    let others = refresh(&app, &other).await.is(200).text_of("/refresh_token");
    refresh(&app, &others).await.is(200);

    app.restart_with(with(new_secret)).await;
    refuses_refresh(refresh(&app, &first).await);
    let third = refresh(&app, &second).await.is(200);
    app.anyone().with_token(&third.text_of("/access_token")).me().await.is(200);
    // The reuse of a token whose successor was used is a theft on any node.
    refuses_refresh(refresh(&app, &other).await);
    app.restart_with(with(both_secrets)).await;
    refuses_refresh(refresh(&app, &others).await);
    refresh(&app, &third.text_of("/refresh_token")).await.is(200);
}
