//! A login, and the secret that renews it.

use bailiwick_kernel::{SessionId, Timestamp, TokenHash, UserId};

/// One login on one device. Access tokens name it; ending it ends them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Identity; the `sid` claim.
    pub id: SessionId,
    /// Whose login.
    pub user_id: UserId,
    /// The `User-Agent` of the login, cut to 255 characters.
    pub device: Option<String>,
    /// The client's address at login.
    pub ip: Option<String>,
    /// Time of login.
    pub created_at: Timestamp,
    /// Time of the last use known.
    pub last_seen_at: Timestamp,
    /// No renewal carries the session beyond this moment.
    pub expires_at: Timestamp,
    /// When it was ended; `None` while it lives.
    pub ended_at: Option<Timestamp>,
}

/// A stored refresh token (RFC 6749, section 1.5): its hash only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshGrant {
    /// Hash of the secret that the client holds.
    pub hash: TokenHash,
    /// The session that it renews.
    pub session_id: SessionId,
    /// When it was handed out.
    pub issued_at: Timestamp,
    /// Unused until then, it is worth nothing.
    pub expires_at: Timestamp,
}
