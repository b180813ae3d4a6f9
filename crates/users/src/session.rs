//! Login sessions and their refresh tokens.

use bailiwick_kernel::{SessionId, Timestamp, TokenHash, UserId};
use time::Duration;

/// Time in which a used token may be presented again: by another tab, or after a lost response.
const GRACE: Duration = Duration::seconds(10);

/// A login on one device. Access tokens refer to it and end with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// The session's id; the `sid` claim.
    pub id: SessionId,
    /// The account.
    pub user_id: UserId,
    /// The `User-Agent` of the login, truncated to 255 characters.
    pub device: Option<String>,
    /// The client's address at login.
    pub ip: Option<String>,
    /// Time of login.
    pub created_at: Timestamp,
    /// Time of the last recorded use.
    pub last_seen_at: Timestamp,
    /// Expiry of the session; refreshing does not extend it.
    pub expires_at: Timestamp,
    /// Time at which it was ended, if it was.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// Returns whether the session is valid at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// Activity of an account in a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Activity {
    /// The account.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// Time of the activity.
    pub at: Timestamp,
}

/// The stored form of a refresh token (RFC 6749, section 1.5), with the hash only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshGrant {
    /// Hash of the client's secret.
    pub hash: TokenHash,
    /// The session that it refreshes.
    pub session_id: SessionId,
    /// Time of issue.
    pub issued_at: Timestamp,
    /// Expiry of the token if it is not used.
    pub expires_at: Timestamp,
}

/// A refresh token with its session, as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshRecord {
    /// The stored token.
    pub grant: RefreshGrant,
    /// Time at which it was used, if it was.
    pub used_at: Option<Timestamp>,
    /// Hash of the token that replaced it. `None` while it is unused, and for a use recorded before
    /// successors were stored.
    pub successor: Option<TokenHash>,
    /// The session that it refreshes.
    pub session: Session,
}

/// State of a refresh token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefreshState {
    /// It may be used.
    Fresh,
    /// It expired unused.
    Stale,
    /// It was used less than ten seconds ago.
    UsedJustNow,
    /// It was used earlier than that.
    Used,
}

impl RefreshRecord {
    /// Returns the state of the token at `now`.
    pub fn state(&self, now: Timestamp) -> RefreshState {
        match self.used_at {
            // A use further in the future was recorded by a wrong clock and gives no grace.
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

    fn record(used_at: Option<i64>) -> RefreshRecord {
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
        RefreshRecord { grant, used_at: used_at.map(at), successor: None, session }
    }

    #[test]
    fn an_unused_token_is_fresh_until_it_expires_and_a_used_one_stays_used() {
        assert_eq!(record(None).state(at(99)), RefreshState::Fresh);
        assert_eq!(record(None).state(at(100)), RefreshState::Stale);
        assert_eq!(record(Some(50)).state(at(59)), RefreshState::UsedJustNow);
        assert_eq!(record(Some(50)).state(at(60)), RefreshState::Used);
        assert_eq!(record(Some(50)).state(at(500)), RefreshState::Used);
        assert_eq!(
            record(Some(50)).state(at(41)),
            RefreshState::UsedJustNow,
            "clocks of nodes differ a little"
        );
        assert_eq!(record(Some(50)).state(at(40)), RefreshState::Used, "a clock set back gives no grace");
    }

    #[test]
    fn a_session_is_valid_until_it_is_ended_or_expires() {
        let mut session = record(None).session;
        assert!(session.is_alive(at(999)) && !session.is_alive(at(1000)));
        session.ended_at = Some(at(5));
        assert!(!session.is_alive(at(6)));
    }
}
