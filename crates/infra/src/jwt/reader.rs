//! A key prepared for reading, and its name.

use bailiwick_app::PublicKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jsonwebtoken::crypto;
use jsonwebtoken::{Algorithm, DecodingKey};
use sha2::{Digest, Sha256};

/// Parts the name of a secret from everything else that it is used for.
const ID_PURPOSE: &[u8] = b"bailiwick key id";
/// Enough to tell the few keys of one service apart.
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
    /// The name says nothing about the secret: no token is made of its purpose,
    /// which has spaces.
    pub(super) fn hs256(secret: &Hmac<Sha256>) -> Self {
        let name = secret.clone().chain_update(ID_PURPOSE).finalize().into_bytes();
        let name = name.get(..ID_BYTES).unwrap_or_default();
        Self { id: URL_SAFE_NO_PAD.encode(name), key: Key::Hs256(secret.clone()) }
    }

    /// The name is the thumbprint (RFC 7638; RFC 8037, section 2).
    pub(super) fn ed25519(public: [u8; 32]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public);
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let key = Key::EdDsa { public, key: DecodingKey::from_ed_der(&public) };
        Self { id: URL_SAFE_NO_PAD.encode(Sha256::digest(jwk)), key }
    }

    /// The `kid` of its tokens.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// What others need to read its tokens; a shared secret is nothing for others.
    pub(super) fn public_key(&self) -> Option<PublicKey> {
        match &self.key {
            Key::Hs256(_) => None,
            Key::EdDsa { public, .. } => Some(PublicKey { id: self.id.clone(), ed25519: *public }),
        }
    }

    /// Whether it made the signature, which is base64.
    pub(super) fn verify(&self, message: &[u8], signature: &str) -> bool {
        match &self.key {
            // Not by jsonwebtoken, which prepares the key anew for every token.
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
