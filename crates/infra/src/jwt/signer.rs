//! Signing by `ring`, which also does the cryptography of TLS.
//!
//! The signatures are made beside jsonwebtoken, whose cryptography is one provider for the whole
//! process: an embedder may install another.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use ring::hmac;
use ring::signature::Ed25519KeyPair;

/// A private key, prepared for signing.
pub(super) enum Signer {
    Hs256(hmac::Key),
    EdDsa(Ed25519KeyPair),
}

impl Signer {
    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Hs256(_) => Algorithm::HS256,
            Self::EdDsa(_) => Algorithm::EdDSA,
        }
    }

    /// Returns the signature of the message in base64.
    pub(super) fn sign(&self, message: &[u8]) -> String {
        match self {
            Self::Hs256(key) => URL_SAFE_NO_PAD.encode(hmac::sign(key, message)),
            Self::EdDsa(pair) => URL_SAFE_NO_PAD.encode(pair.sign(message)),
        }
    }
}
