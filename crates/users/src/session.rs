//! A login, and the secret that renews it.

use bailiwick_kernel::{SessionId, Timestamp, TokenHash, UserId};
use time::Duration;

/// For so long a used token may be shown again: by another tab, or after an answer
/// that was lost.
const GRACE: Duration = Duration::seconds(10);

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

impl Session {
    /// Whether it is good for anything at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// That somebody was there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Activity {
    /// Whose.
    pub user_id: UserId,
    /// In which login.
    pub session_id: SessionId,
    /// When.
    pub at: Timestamp,
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

/// A refresh token that somebody presents, with its session held: nobody else can
/// use the token, or end the session, before the transaction ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LockedRefresh {
    /// The stored token.
    pub grant: RefreshGrant,
    /// When it was used, if it was.
    pub used_at: Option<Timestamp>,
    /// Hash of the token that its use created. `None` while it is unused, and for a use
    /// recorded before successors were stored.
    pub successor: Option<TokenHash>,
    /// The session that it renews.
    pub session: Session,
}

/// How a refresh token stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefreshState {
    /// It may be used.
    Fresh,
    /// It lay unused for too long.
    Stale,
    /// It was used less than ten seconds ago.
    UsedJustNow,
    /// It was used before that.
    Used,
}

impl LockedRefresh {
    /// How the token stands at `now`.
    pub fn state(&self, now: Timestamp) -> RefreshState {
        match self.used_at {
            // A use further in the future was recorded by a clock that was wrong: it says nothing.
            Some(used_at) if (now - used_at).abs() < GRACE => RefreshState::UsedJustNow,
            Some(_) => RefreshState::Used,
            None if now < self.grant.expires_at => RefreshState::Fresh,
            None => RefreshState::Stale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    fn held(used_at: Option<i64>) -> LockedRefresh {
        let (session_id, user_id) = (SessionId::from_stored(Uuid::nil()), UserId::from_stored(Uuid::nil()));
        let hash = TokenHash::from_stored(&[0; 32]).unwrap();
        let grant = RefreshGrant { hash, session_id, issued_at: at(0), expires_at: at(100) };
        let session = Session {
            id: session_id,
            user_id,
            device: None,
            ip: None,
            created_at: at(0),
            last_seen_at: at(0),
            expires_at: at(1000),
            ended_at: None,
        };
        LockedRefresh { grant, used_at: used_at.map(at), successor: None, session }
    }

    #[test]
    fn a_token_is_fresh_until_it_lay_too_long_and_used_for_ever() {
        assert_eq!(held(None).state(at(99)), RefreshState::Fresh);
        assert_eq!(held(None).state(at(100)), RefreshState::Stale);
        assert_eq!(held(Some(50)).state(at(59)), RefreshState::UsedJustNow);
        assert_eq!(held(Some(50)).state(at(60)), RefreshState::Used);
        assert_eq!(held(Some(50)).state(at(500)), RefreshState::Used);
        assert_eq!(
            held(Some(50)).state(at(41)),
            RefreshState::UsedJustNow,
            "clocks of nodes differ a little"
        );
        assert_eq!(held(Some(50)).state(at(40)), RefreshState::Used, "a clock set back opens no grace");
    }

    #[test]
    fn a_session_lives_until_it_is_ended_or_over() {
        let mut session = held(None).session;
        assert!(session.is_alive(at(999)) && !session.is_alive(at(1000)));
        session.ended_at = Some(at(5));
        assert!(!session.is_alive(at(6)));
    }
}
