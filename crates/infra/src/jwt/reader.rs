//! A key prepared for verification, and its name.

use bailiwick_app::PublicKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jsonwebtoken::crypto;
use jsonwebtoken::{Algorithm, DecodingKey};
use sha2::{Digest, Sha256};

/// Separates the name of a secret from other values derived from it.
const ID_PURPOSE: &[u8] = b"bailiwick key id";
/// Length of the name in bytes, which distinguishes the few keys of one service.
const ID_BYTES: usize = 9;

/// One key that may have signed a token.
#[derive(Clone)]
pub(super) struct Reader {
    id: String,
    key: Key,
}

#[derive(Clone)]
enum Key {
    Hs256(Hmac<Sha256>),
    EdDsa { public: [u8; 32], key: DecodingKey },
}

impl Reader {
    /// Prepares a shared secret. The name reveals nothing about the secret: its purpose has spaces,
    /// so no token is signed with that text.
    pub(super) fn hs256(secret: &Hmac<Sha256>) -> Self {
        let name = secret.clone().chain_update(ID_PURPOSE).finalize().into_bytes();
        let name = name.get(..ID_BYTES).unwrap_or_default();
        Self { id: URL_SAFE_NO_PAD.encode(name), key: Key::Hs256(secret.clone()) }
    }

    /// Prepares a public key, whose name is the thumbprint (RFC 7638; RFC 8037, section 2).
    pub(super) fn ed25519(public: [u8; 32]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public);
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let key = Key::EdDsa { public, key: DecodingKey::from_ed_der(&public) };
        Self { id: URL_SAFE_NO_PAD.encode(Sha256::digest(jwk)), key }
    }

    /// Returns the `kid` of its tokens.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Returns the public key with which other services verify its tokens; a shared secret has
    /// none.
    pub(super) fn public_key(&self) -> Option<PublicKey> {
        match &self.key {
            Key::Hs256(_) => None,
            Key::EdDsa { public, .. } => Some(PublicKey { id: self.id.clone(), ed25519: *public }),
        }
    }

    /// Returns whether it made the signature, which is base64.
    pub(super) fn verify(&self, message: &[u8], signature: &str) -> bool {
        match &self.key {
            // Without jsonwebtoken, which would prepare the key anew for every token.
            Key::Hs256(mac) => {
                let mut bytes = [0; 36];
                let Ok(length) = URL_SAFE_NO_PAD.decode_slice(signature, &mut bytes) else {
                    return false;
                };
                let made = bytes.get(..length).unwrap_or_default();
                mac.clone().chain_update(message).verify_slice(made).is_ok()
            }
            Key::EdDsa { key, .. } => {
                matches!(crypto::verify(signature, message, key, Algorithm::EdDSA), Ok(true))
            }
        }
    }
}
