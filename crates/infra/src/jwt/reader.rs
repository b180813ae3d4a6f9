//! A key prepared for verification, and its name.

use bailiwick_app::PublicKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, UnparsedPublicKey};
use ring::{digest, hmac};

/// Separates the name of a secret from other values derived from it.
const ID_PURPOSE: &[u8] = b"bailiwick key id";
/// Length of the name in bytes, which distinguishes the few keys of one service.
const ID_BYTES: usize = 9;
/// Room for a signature of 64 bytes, whose decoder works in groups of three.
const SIGNATURE_ROOM: usize = 66;

/// A key that may have signed a token.
#[derive(Clone)]
pub(super) struct Reader {
    id: String,
    key: Key,
}

#[derive(Clone)]
enum Key {
    Hs256(hmac::Key),
    EdDsa([u8; 32]),
}

impl Reader {
    /// Prepares a shared secret. The name reveals nothing about the secret: its purpose has spaces,
    /// so no token is signed with that text.
    pub(super) fn hs256(secret: &hmac::Key) -> Self {
        let name = hmac::sign(secret, ID_PURPOSE);
        let name = name.as_ref().get(..ID_BYTES).unwrap_or_default();
        Self { id: URL_SAFE_NO_PAD.encode(name), key: Key::Hs256(secret.clone()) }
    }

    /// Prepares a public key, whose name is the thumbprint (RFC 7638; RFC 8037, section 2).
    pub(super) fn ed25519(public: [u8; 32]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public);
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let thumbprint = digest::digest(&digest::SHA256, jwk.as_bytes());
        Self { id: URL_SAFE_NO_PAD.encode(thumbprint), key: Key::EdDsa(public) }
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
            Key::EdDsa(public) => Some(PublicKey { id: self.id.clone(), ed25519: *public }),
        }
    }

    /// Returns whether it made the signature, which is base64.
    pub(super) fn verify(&self, message: &[u8], signature: &str) -> bool {
        let mut bytes = [0; SIGNATURE_ROOM];
        let Ok(length) = URL_SAFE_NO_PAD.decode_slice(signature, &mut bytes) else {
            return false;
        };
        let made = bytes.get(..length).unwrap_or_default();
        match &self.key {
            Key::Hs256(secret) => hmac::verify(secret, message, made).is_ok(),
            Key::EdDsa(public) => UnparsedPublicKey::new(&ED25519, public).verify(message, made).is_ok(),
        }
    }
}
