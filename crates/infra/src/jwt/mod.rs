//! Access tokens as JSON Web Tokens (RFC 7519, with the precautions of RFC 8725).
//!
//! A token is checked from the outside in: form, header, signature, claims. Each part is read only
//! after the parts before it are valid, so a token with a foreign signature reveals nothing about
//! the check of its claims.

mod claims;
mod header;
mod inspect;
mod keys;
mod reader;
mod signer;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bailiwick_app::{AccessClaims, AccessTokens, PublicKey, TokenFault};
use bailiwick_kernel::{IdSource, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use self::claims::{Claims, NewClaims};
pub use self::keys::{JwtKeys, KeyError};

/// Largest token in bytes. Tokens of this service are far smaller, and larger ones are refused
/// before any work.
const MAX_BYTES: usize = 8 * 1024;

/// Issuer and audience of tokens (RFC 7519, sections 4.1.1 and 4.1.3).
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct TokenParties {
    /// `iss`. When set, tokens must carry it.
    pub issuer: Option<String>,
    /// `aud`. When set, tokens must name it; when not, they must have none.
    pub audience: Option<String>,
}

/// Signs and verifies access tokens.
pub struct JwtTokens {
    keys: JwtKeys,
    parties: TokenParties,
    ids: Arc<dyn IdSource>,
    /// The encoded header of new tokens, which nearly every token has.
    own_header: String,
}

impl JwtTokens {
    /// Checks that the keys can sign, and that issuer and audience are ASCII, because the payload
    /// of a token is ASCII.
    pub fn new(keys: JwtKeys, parties: TokenParties, ids: Arc<dyn IdSource>) -> Result<Self, KeyError> {
        let ascii = |text: &Option<String>| text.as_deref().is_none_or(str::is_ascii);
        if !ascii(&parties.issuer) || !ascii(&parties.audience) {
            return Err(KeyError::NotAscii);
        }
        let probe = keys.sign(&serde_json::Value::Null).map_err(|_| KeyError::Malformed)?;
        let own_header = probe.split('.').next().unwrap_or_default().to_owned();
        Ok(Self { keys, parties, ids, own_header })
    }

    /// Returns the name of the key, if the header has one.
    fn check_header(&self, encoded: &str) -> Result<Option<Cow<'_, str>>, TokenFault> {
        if encoded == self.own_header {
            return Ok(Some(self.keys.id().into()));
        }
        Ok(header::check(encoded, self.keys.algorithm_name())?.map(Cow::Owned))
    }

    fn check_claims(&self, encoded: &str, now: Timestamp) -> Result<AccessClaims, TokenFault> {
        let payload = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenFault::Malformed)?;
        Claims::parse(&payload)?.check(&self.parties, now)
    }
}

impl AccessTokens for JwtTokens {
    #[expect(clippy::expect_used, reason = "the same key signed a probe when it was loaded")]
    fn sign(&self, claims: &AccessClaims) -> String {
        let jti = self.ids.uuid_v7(claims.issued_at);
        self.keys.sign(&NewClaims::of(claims, &self.parties, jti)).expect("a key signs what it signed before")
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFault> {
        let parts = Parts::of(token)?;
        let key = self.check_header(parts.header)?;
        if !self.keys.verify(key.as_deref(), parts.message, parts.signature) {
            return Err(TokenFault::BadSignature);
        }
        self.check_claims(parts.payload, now)
    }

    fn public_keys(&self) -> Vec<PublicKey> {
        self.keys.public_keys()
    }
}

impl fmt::Debug for JwtTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtTokens")
            .field("keys", &self.keys)
            .field("parties", &self.parties)
            .finish_non_exhaustive()
    }
}

/// The compact form (RFC 7515, section 7.1).
struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    /// The signed part: header, dot, payload.
    message: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, TokenFault> {
        if token.len() > MAX_BYTES {
            return Err(TokenFault::Malformed);
        }
        token
            .rsplit_once('.')
            .and_then(|(message, signature)| {
                let (header, payload) = message.split_once('.')?;
                (!payload.contains('.')).then_some(Self { header, payload, message, signature })
            })
            .ok_or_else(|| TokenFault::PartCount(token.split('.').count()))
    }
}
