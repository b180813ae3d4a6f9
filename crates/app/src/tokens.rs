//! Access tokens: the port that signs and reads them.

use bailiwick_kernel::{SessionId, Timestamp, UserId};
use time::Duration;

/// What an access token says (RFC 7519). No role, no permission, no e-mail:
/// those would be stale the moment they change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccessClaims {
    /// `sub`, and `id` for clients that look for that.
    pub user: UserId,
    /// `sid`.
    pub session: SessionId,
    /// `iat`, in whole seconds.
    pub issued_at: Timestamp,
    /// `exp`, in whole seconds; the token is refused from then on.
    pub expires_at: Timestamp,
}

/// A key that reads access tokens and cannot sign them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKey {
    /// `kid` of the tokens that are read with it.
    pub id: String,
    /// The key (RFC 8032, section 5.1.5).
    pub ed25519: [u8; 32],
}

/// How long a token lives when nobody says.
const FALLBACK_TTL: Duration = Duration::minutes(15);

impl AccessClaims {
    /// Claims of a token that is issued now and lives for `ttl`; for 15 minutes when
    /// there is none.
    pub fn new(user: UserId, session: SessionId, now: Timestamp, ttl: Option<Duration>) -> Self {
        let expires_at = now + ttl.unwrap_or(FALLBACK_TTL);
        Self { user, session, issued_at: now, expires_at }
    }
}

/// Why a token is refused. Clients see one text for all; the hint tells which.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenFault {
    /// Not three parts separated by dots.
    #[error("the token has {0} parts instead of three")]
    PartCount(usize),
    /// A part is not what RFC 7519 says, or a claim is missing or of the wrong type.
    #[error("the token is malformed")]
    Malformed,
    /// Signed by an algorithm that is not ours, or not at all.
    #[error("the token names another algorithm")]
    WrongAlgorithm,
    /// Signed with another key, or altered.
    #[error("the signature does not match")]
    BadSignature,
    /// It has no expiry.
    #[error("the token has no expiry")]
    NoExpiry,
    /// Its time ran out so long ago.
    #[error("the token expired {} s ago", .0.whole_seconds())]
    Expired(Duration),
    /// It was issued in the future, or is not valid yet.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `id` and `sub` name different users.
    #[error("the token names two users")]
    TwoSubjects,
    /// Issued by or for somebody else.
    #[error("the token is from another issuer or for another audience")]
    WrongParty,
    /// Its session was ended, or its user deleted.
    #[error("the session of the token was ended")]
    Revoked,
}

/// Signs and reads access tokens; no I/O.
pub trait AccessTokens: Send + Sync {
    /// Signs the claims. A token lives until `claims.expires_at`.
    fn sign(&self, claims: &AccessClaims) -> String;

    /// Reads a token and checks everything that the token alone tells: shape,
    /// algorithm (ours, whatever the header says: RFC 8725, section 3.1), key (the
    /// one that the header names; any, where it names none), signature, expiry (no leeway), `nbf` and `iat` (30 s leeway), issuer,
    /// audience.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFault>;

    /// The keys with which others can read the tokens that [`Self::verify`] accepts;
    /// none where only a shared secret can.
    fn public_keys(&self) -> Vec<PublicKey>;
}
