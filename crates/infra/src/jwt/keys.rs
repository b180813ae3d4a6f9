//! The keys that sign and verify tokens.

use std::fmt;

use bailiwick_app::PublicKey;
use bailiwick_kernel::{IdSource, ServerKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header};
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::Serialize;
use zeroize::Zeroizing;

use super::reader::Reader;
use super::signer::Signer;

/// Smallest secret in bytes: the length of the hash output (RFC 7518, section 3.2).
const MIN_SECRET_BYTES: usize = 32;
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// The bytes before the seed in PKCS#8 (RFC 8410, section 7).
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Separates the server key from other keys derived from the same secret.
const SERVER_KEY_PURPOSE: &[u8] = b"bailiwick server key";

/// The reason that a key, issuer or audience cannot be used for tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// The secret is too short; its length in bytes.
    #[error("a secret for tokens has at least 32 bytes, this one has {0}")]
    TooShort(usize),
    /// Not a private Ed25519 key.
    #[error("this is not a private Ed25519 key in PKCS#8")]
    Malformed,
    /// The previous key is for another algorithm.
    #[error("the previous key is for another algorithm")]
    OtherAlgorithm,
    /// The issuer or the audience has characters outside ASCII.
    #[error("the issuer and the audience of tokens are ASCII")]
    NotAscii,
}

/// The key that signs, and all keys that verify.
pub struct JwtKeys {
    signer: Signer,
    /// The verification keys, beginning with that of the signing key.
    readers: Vec<Reader>,
    server_key: ServerKey,
}

impl JwtKeys {
    /// Uses a shared secret, for HMAC with SHA-256.
    pub fn hs256(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::TooShort(secret.len()));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        Ok(Self {
            server_key: server_key(secret)?,
            readers: vec![Reader::hs256(&key)],
            signer: Signer::Hs256(key),
        })
    }

    /// Uses a private Ed25519 key in PKCS#8 (RFC 8410), as PEM.
    pub fn ed25519_pem(pem: &str) -> Result<Self, KeyError> {
        let body = pem.trim().strip_prefix(PEM_BEGIN).and_then(|rest| rest.strip_suffix(PEM_END));
        let text: Zeroizing<String> =
            Zeroizing::new(body.ok_or(KeyError::Malformed)?.split_ascii_whitespace().collect());
        let der = Zeroizing::new(STANDARD.decode(text.as_bytes()).map_err(|_| KeyError::Malformed)?);
        Self::ed25519_der(&der)
    }

    /// Uses a private Ed25519 key in PKCS#8 (RFC 8410), as DER.
    pub fn ed25519_der(der: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError::Malformed)?;
        let seed = seed_of(der, &pair).ok_or(KeyError::Malformed)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Malformed)?;
        Ok(Self {
            server_key: server_key(seed.as_slice())?,
            readers: vec![Reader::ed25519(public)],
            signer: Signer::EdDsa(pair),
        })
    }

    /// Uses the bare 32 bytes of a private Ed25519 key (RFC 8032, section 5.1.5).
    pub fn ed25519_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::ed25519_der(&pkcs8(seed))
    }

    /// Generates a private Ed25519 key in PEM, to be stored and passed to [`Self::ed25519_pem`].
    pub fn generate_ed25519(ids: &dyn IdSource) -> Zeroizing<String> {
        let mut seed = Zeroizing::new([0; 32]);
        ids.fill(seed.as_mut());
        let body = Zeroizing::new(STANDARD.encode(pkcs8(&seed).as_slice()));
        Zeroizing::new(format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", *body))
    }

    /// Verifies tokens of a previous key too. It must have the same algorithm, because with two a
    /// token could choose.
    pub fn with_previous(mut self, previous: &Self) -> Result<Self, KeyError> {
        if previous.signer.algorithm() != self.signer.algorithm() {
            return Err(KeyError::OtherAlgorithm);
        }
        for reader in &previous.readers {
            if self.readers.iter().all(|known| known.id() != reader.id()) {
                self.readers.push(reader.clone());
            }
        }
        self.server_key = self.server_key.with_previous(&previous.server_key);
        Ok(self)
    }

    /// Returns the secret of the service for other purposes than tokens. It is derived from the
    /// signing key, so it changes with it and reveals nothing about it. Those of previous keys are
    /// its previous keys.
    pub fn server_key(&self) -> ServerKey {
        self.server_key.clone()
    }

    /// Returns the name of the algorithm in headers (RFC 7518, section 3.1; RFC 8037, section 3.1).
    pub fn algorithm_name(&self) -> &'static str {
        match self.signer.algorithm() {
            Algorithm::EdDSA => "EdDSA",
            _ => "HS256",
        }
    }

    /// Returns the `kid` of the tokens that it signs (RFC 7515, section 4.1.4).
    pub(super) fn id(&self) -> &str {
        self.readers.first().map_or("", Reader::id)
    }

    /// Returns the public keys with which other services verify the tokens.
    pub(super) fn public_keys(&self) -> Vec<PublicKey> {
        self.readers.iter().filter_map(Reader::public_key).collect()
    }

    pub(super) fn sign<T: Serialize>(&self, claims: &T) -> serde_json::Result<String> {
        let header = Header { kid: Some(self.id().to_owned()), ..Header::new(self.signer.algorithm()) };
        let message = format!("{}.{}", encoded(&header)?, encoded(claims)?);
        let signature = self.signer.sign(message.as_bytes());
        Ok(format!("{message}.{signature}"))
    }

    /// Returns whether the named key made the signature, which is base64; without a name, whether
    /// any key did.
    pub(super) fn verify(&self, named: Option<&str>, message: &str, signature: &str) -> bool {
        let mut named = self.readers.iter().filter(|reader| named.is_none_or(|id| reader.id() == id));
        named.any(|reader| reader.verify(message.as_bytes(), signature))
    }
}

impl fmt::Debug for JwtKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JwtKeys({}, {} in use, ***)", self.algorithm_name(), self.readers.len())
    }
}

/// The text has spaces, so it cannot be the signed part of a token.
fn server_key(secret: &[u8]) -> Result<ServerKey, KeyError> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let derived = Zeroizing::new(
        <[u8; 32]>::try_from(hmac::sign(&key, SERVER_KEY_PURPOSE).as_ref())
            .map_err(|_| KeyError::Malformed)?,
    );
    Ok(ServerKey::new(&derived))
}

fn encoded<T: Serialize>(part: &T) -> serde_json::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(part)?))
}

/// Returns the seed, which is at the same place in both versions of PKCS#8 (RFC 8410, section 7;
/// RFC 5958). The public key confirms it.
fn seed_of(der: &[u8], pair: &Ed25519KeyPair) -> Option<Zeroizing<[u8; 32]>> {
    let (_, rest) = der.split_at_checked(PKCS8_HEAD.len())?;
    let seed = Zeroizing::new(*rest.first_chunk()?);
    let public = pair.public_key().as_ref();
    Ed25519KeyPair::from_seed_and_public_key(seed.as_slice(), public).ok().map(|_| seed)
}

fn pkcs8(seed: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([PKCS8_HEAD.as_slice(), seed].concat())
}
