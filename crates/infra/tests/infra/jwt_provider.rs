//! Tokens in a process whose embedder installs a provider of cryptography for jsonwebtoken. A process has
//! only one such provider.

use bailiwick_app::AccessTokens;
use bailiwick_infra::JwtKeys;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;
use sha2::Sha256;

use crate::fakes::{claims, now, tokens};

const SECRET: &[u8] = b"the secret that an embedder shares";

static EMBEDDER_PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: |algorithm, key| {
        Ok(Box::new(EmbedderKey { algorithm: *algorithm, bytes: key.try_get_as_bytes()?.to_owned() }))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct EmbedderKey {
    algorithm: Algorithm,
    bytes: Vec<u8>,
}

impl Verifier<Vec<u8>> for EmbedderKey {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Error> {
        let valid = if self.algorithm == Algorithm::HS256 {
            let mac = Hmac::<Sha256>::new_from_slice(&self.bytes).unwrap().chain_update(message);
            mac.verify_slice(signature).is_ok()
        } else {
            UnparsedPublicKey::new(&ED25519, &self.bytes).verify(message, signature).is_ok()
        };
        if valid { Ok(()) } else { Err(Error::new()) }
    }
}

impl JwtVerifier for EmbedderKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[test]
fn jsonwebtoken_reads_our_tokens_with_the_provider_of_an_embedder() {
    let shared = tokens(JwtKeys::hs256(SECRET).unwrap());
    let pair = tokens(JwtKeys::ed25519_seed(&[7; 32]).unwrap());
    for ours in [&shared, &pair] {
        ours.verify(&ours.sign(&claims()), now()).unwrap();
    }
    EMBEDDER_PROVIDER.install_default().expect("no provider was installed by signing and verifying");

    let public = pair.public_keys().remove(0).ed25519;
    for (ours, algorithm, key) in [
        (&shared, Algorithm::HS256, DecodingKey::from_secret(SECRET)),
        (&pair, Algorithm::EdDSA, DecodingKey::from_ed_der(&public)),
    ] {
        let mut rules = Validation::new(algorithm);
        rules.validate_exp = false;
        let token = ours.sign(&claims());
        let read = jsonwebtoken::decode::<Value>(&token, &key, &rules).unwrap();
        assert_eq!(read.claims["sub"], claims().user.to_string());
        let (message, _) = token.rsplit_once('.').unwrap();
        let forged = format!("{message}.AAAA");
        assert!(jsonwebtoken::decode::<Value>(forged, &key, &rules).is_err(), "{algorithm:?}");
    }
}
