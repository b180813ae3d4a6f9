//! Access tokens: the port that signs and verifies them.

use bailiwick_kernel::{SessionId, Timestamp, UserId};
use time::Duration;

/// Claims of an access token (RFC 7519). No role, no permission, no e-mail, because they would be
/// stale after a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccessClaims {
    /// `sub`, and `id` for clients that read that claim.
    pub user: UserId,
    /// `sid`.
    pub session: SessionId,
    /// `iat`, in whole seconds.
    pub issued_at: Timestamp,
    /// `exp`, in whole seconds; the token is refused from then on.
    pub expires_at: Timestamp,
}

/// A key that verifies access tokens and cannot sign them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKey {
    /// `kid` of the tokens that it verifies.
    pub id: String,
    /// The key (RFC 8032, section 5.1.5).
    pub ed25519: [u8; 32],
}

/// Lifetime of a token if none is given.
const FALLBACK_TTL: Duration = Duration::minutes(15);

impl AccessClaims {
    /// Creates the claims of a token that is issued now and is valid for `ttl`, or for 15 minutes
    /// if `ttl` is `None`.
    pub fn new(user: UserId, session: SessionId, now: Timestamp, ttl: Option<Duration>) -> Self {
        let expires_at = now + ttl.unwrap_or(FALLBACK_TTL);
        Self { user, session, issued_at: now, expires_at }
    }
}

/// The reason why a token is refused. Clients see one text for all; the hint names the reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenFault {
    /// Not three parts separated by dots.
    #[error("the token has {0} parts instead of three")]
    PartCount(usize),
    /// A part does not conform to RFC 7519, or a claim is missing or of the wrong type.
    #[error("the token is malformed")]
    Malformed,
    /// Signed with another algorithm than this service uses, or not signed.
    #[error("the token names another algorithm")]
    WrongAlgorithm,
    /// Signed with another key, or altered.
    #[error("the signature does not match")]
    BadSignature,
    /// The token has no expiry.
    #[error("the token has no expiry")]
    NoExpiry,
    /// The token expired this long ago.
    #[error("the token expired {} s ago", .0.whole_seconds())]
    Expired(Duration),
    /// The token was issued in the future, or is not valid yet.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `id` and `sub` name different users.
    #[error("the token names two users")]
    TwoSubjects,
    /// Another issuer or audience.
    #[error("the token is from another issuer or for another audience")]
    WrongParty,
    /// The session was ended, or the user deleted.
    #[error("the session of the token was ended")]
    Revoked,
}

/// Signs and verifies access tokens. No I/O.
pub trait AccessTokens: Send + Sync {
    /// Signs the claims, with issuer and audience of the service. The token is valid until
    /// `claims.expires_at`, names its key, and MUST contain no claims that a change could make stale.
    fn sign(&self, claims: &AccessClaims) -> String;

    /// Verifies everything that the token alone determines: shape, algorithm (that of this service,
    /// whatever the header says: RFC 8725, section 3.1), key (the one that the header names; any
    /// key if it names none), signature, expiry (no leeway), `nbf` and `iat` (30 s leeway), issuer,
    /// audience. A service with an issuer accepts its own alone, and one with an audience those tokens that
    /// name it; one without accepts no token that has an audience. Unknown claims are ignored; unknown
    /// critical headers are refused.
    ///
    /// The signature MUST be checked before the claims, and no key from the header trusted. No text MUST make
    /// it panic.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFault>;

    /// The keys that verify the tokens that [`Self::verify`] accepts, each once; none if they are signed
    /// with a shared secret only.
    fn public_keys(&self) -> Vec<PublicKey>;
}
