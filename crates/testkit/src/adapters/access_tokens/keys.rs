//! Which key verifies a token.

use std::collections::BTreeSet;

use bailiwick_app::TokenFault;
use serde_json::json;

use super::tools::{OTHER, changed, claims, decoded, encoded, now, of_key, part, seconds};
use super::{Service, World};

/// A service that signs by the key 2, and verifies by the key 1 too.
fn rotated() -> Service {
    Service { key: 2, previous: vec![1], ..Service::default() }
}

pub async fn a_token_of_another_key_is_refused(world: World) {
    let (own, other) = (world.plain(), world.tokens(&of_key(2)));
    assert_eq!(own.verify(&other.sign(&claims()), now()), Err(TokenFault::BadSignature));
    assert_eq!(other.verify(&own.sign(&claims()), now()), Err(TokenFault::BadSignature));
    assert!(world.plain().verify(&own.sign(&claims()), now()).is_ok(), "another node with the same key");
    let token = own.sign(&claims());
    let payload = encoded(changed(json!({"id": OTHER, "sub": OTHER})).to_string());
    let forged = format!("{}.{payload}.{}", part(&token, 0), part(&token, 2));
    assert_eq!(own.verify(&forged, now()), Err(TokenFault::BadSignature), "other claims");
}

pub async fn a_previous_key_verifies_and_does_not_sign(world: World) {
    let (old, new, rotated) = (world.plain(), world.tokens(&of_key(2)), world.tokens(&rotated()));
    assert!(rotated.verify(&old.sign(&claims()), now()).is_ok(), "a token from before the rotation");
    let token = rotated.sign(&claims());
    assert!(rotated.verify(&token, now()).is_ok());
    assert!(new.verify(&token, now()).is_ok(), "the new key signs");
    assert_eq!(old.verify(&token, now()), Err(TokenFault::BadSignature));
    assert_eq!(new.verify(&old.sign(&claims()), now()), Err(TokenFault::BadSignature), "after the rotation");
    let three = world.tokens(&Service { key: 3, previous: vec![2, 1], ..Service::default() });
    for token in [old.sign(&claims()), token] {
        assert!(three.verify(&token, now()).is_ok(), "each previous key");
    }
}

pub async fn the_named_key_alone_decides(world: World) {
    let rotated = world.tokens(&rotated());
    for (key, other) in [(1, 2), (2, 1)] {
        let token = world.tokens(&of_key(key)).sign(&claims());
        let (message, _) = token.rsplit_once('.').unwrap();
        assert!(decoded(part(&token, 0))["kid"].is_string(), "a token names its key");
        assert!(rotated.verify(&world.signed_message(key, message), now()).is_ok());
        let verdict = rotated.verify(&world.signed_message(other, message), now());
        assert_eq!(verdict, Err(TokenFault::BadSignature), "named {key}, signed by {other}");
    }
    for kid in ["", "2026", "../../dev/null", "' OR 1=1"] {
        let header = json!({"typ": "JWT", "alg": world.algorithm(), "kid": kid});
        assert_eq!(world.verdict_on_header(&header), Err(TokenFault::BadSignature), "{kid:?}");
    }
}

pub async fn without_a_name_each_key_decides(world: World) {
    let rotated = world.tokens(&rotated());
    for (key, is_known) in [(1, true), (2, true), (3, false)] {
        let token = world.signed(key, world.header().to_string(), changed(json!({})).to_string());
        assert_eq!(rotated.verify(&token, now()).is_ok(), is_known, "{key}");
    }
}

/// Otherwise an answer would say something about claims that anybody may have written.
pub async fn the_signature_is_checked_before_the_claims(world: World) {
    for changes in
        [json!({"exp": seconds() - 60}), json!({"exp": null}), json!({"sub": 7}), json!({"aud": "web"})]
    {
        let token = world.signed(2, world.header().to_string(), changed(changes.clone()).to_string());
        assert_eq!(world.plain().verify(&token, now()), Err(TokenFault::BadSignature), "{changes}");
    }
}

pub async fn public_keys_are_those_that_verify(world: World) {
    let [one, two] = [1, 2].map(|key| world.tokens(&of_key(key)).public_keys());
    let both = world.tokens(&rotated()).public_keys();
    if one.is_empty() {
        assert_eq!([two, both], [vec![], vec![]], "a secret is shown to nobody");
        return;
    }
    assert_eq!((one.len(), two.len(), both.len()), (1, 1, 2));
    assert!([&one, &two].iter().all(|keys| both.contains(&keys[0])), "the previous key verifies too");
    let different: BTreeSet<_> = both.iter().map(|key| (&key.id, key.ed25519)).collect();
    assert_eq!(different.len(), 2);
    for (key, tokens) in [(&one[0], world.plain()), (&two[0], world.tokens(&rotated()))] {
        assert_eq!(decoded(part(&tokens.sign(&claims()), 0))["kid"], json!(key.id), "the name in headers");
    }
}
