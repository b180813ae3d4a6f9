//! The conformance suite of access tokens, on both algorithms.

use std::sync::Arc;

use bailiwick_app::AccessTokens;
use bailiwick_infra::{JwtKeys, JwtTokens, TokenParties};
use bailiwick_testkit::access_tokens_conformance;
use bailiwick_testkit::adapters::access_tokens::{Fixture, Service};
use ring::hmac;
use ring::signature::Ed25519KeyPair;

use crate::fakes::CountingIds;

fn tokens(service: &Service, keys: impl Fn(u8) -> JwtKeys) -> Arc<dyn AccessTokens> {
    let mut all = keys(service.key);
    for previous in &service.previous {
        all = all.with_previous(&keys(*previous)).unwrap();
    }
    let parties = TokenParties { issuer: service.issuer.clone(), audience: service.audience.clone() };
    Arc::new(JwtTokens::new(all, parties, Arc::new(CountingIds::default())).unwrap())
}

/// A secret, or the seed of a key pair.
fn bytes(key: u8) -> [u8; 32] {
    [key; 32]
}

struct Hs256;

impl Fixture for Hs256 {
    fn tokens(&self, service: &Service) -> Arc<dyn AccessTokens> {
        tokens(service, |key| JwtKeys::hs256(&bytes(key)).unwrap())
    }

    fn algorithm(&self) -> &'static str {
        "HS256"
    }

    fn signature(&self, key: u8, message: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes(key)), message).as_ref().to_owned()
    }
}

struct Ed25519;

impl Fixture for Ed25519 {
    fn tokens(&self, service: &Service) -> Arc<dyn AccessTokens> {
        tokens(service, |key| JwtKeys::ed25519_seed(&bytes(key)).unwrap())
    }

    fn algorithm(&self) -> &'static str {
        "EdDSA"
    }

    fn signature(&self, key: u8, message: &[u8]) -> Vec<u8> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&bytes(key)).unwrap();
        pair.sign(message).as_ref().to_owned()
    }
}

access_tokens_conformance!(hs256, async { Hs256 });
access_tokens_conformance!(ed25519, async { Ed25519 });
