//! The part of a session that the pages use: a cookie, its idle expiry, the last time of the password.

use bailiwick_kernel::{SessionId, Timestamp, TokenHash};
use time::Duration;

use crate::Session;

/// Time between two moves of an idle expiry, so that a click rarely writes.
const MOVE_INTERVAL: Duration = Duration::hours(1);
/// Time after the password was given during which it is not asked for again.
const FRESHNESS: Duration = Duration::minutes(5);

/// The cookie of a session of the pages, with the hash only. It is kept beside the session, so that
/// using the pages changes no data that authority depends on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageSession {
    /// The session that the cookie identifies.
    pub session_id: SessionId,
    /// Hash of the cookie.
    pub cookie: TokenHash,
    /// Expiry of the cookie if it is not used.
    pub idle_expires_at: Timestamp,
    /// Time at which the password was last given.
    pub authenticated_at: Timestamp,
}

impl PageSession {
    /// Creates the cookie of a session that is opened by a password at `now`. It expires unless it is
    /// used within `idle`.
    pub fn open(session_id: SessionId, cookie: TokenHash, idle: Duration, now: Timestamp) -> Self {
        Self { session_id, cookie, idle_expires_at: now + idle, authenticated_at: now }
    }

    /// Returns whether the cookie was used recently enough at `now`. Its session may be over.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.idle_expires_at
    }

    /// Returns the new idle expiry if the present one is due to be moved by a use at `now`: an hour
    /// after the last move. `None` also if the present one is later, as a clock that was ahead set it.
    pub fn due_expiry(&self, idle: Duration, now: Timestamp) -> Option<Timestamp> {
        let next = now + idle;
        (next - self.idle_expires_at >= MOVE_INTERVAL).then_some(next)
    }

    /// Returns whether the password was given in the last five minutes. A time in the future counts as
    /// now.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now - self.authenticated_at < FRESHNESS
    }
}

/// A session of the pages with its cookie, as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageRecord {
    /// The cookie.
    pub page: PageSession,
    /// The session.
    pub session: Session,
}

impl PageRecord {
    /// Returns the time at which cookie or session expires if the cookie is not used again.
    pub fn expires_at(&self) -> Timestamp {
        self.session.expires_at.min(self.page.idle_expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_kernel::UserId;
    use uuid::Uuid;

    const HOUR: i64 = 3600;
    const IDLE: Duration = Duration::hours(10);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    fn opened() -> PageSession {
        let hash = TokenHash::from_stored(&[0; 32]).unwrap();
        PageSession::open(SessionId::from_stored(Uuid::nil()), hash, IDLE, at(0))
    }

    fn record() -> PageRecord {
        let page = opened();
        let session = Session {
            id: page.session_id,
            user_id: UserId::from_stored(Uuid::nil()),
            device: None,
            ip: None,
            created_at: at(0),
            last_seen_at: at(0),
            expires_at: at(24 * HOUR),
            ended_at: None,
        };
        PageRecord { page, session }
    }

    #[test]
    fn the_idle_expiry_is_moved_at_most_once_an_hour_and_never_back() {
        let page = opened();
        assert_eq!(page.due_expiry(IDLE, at(HOUR - 1)), None);
        assert_eq!(page.due_expiry(IDLE, at(HOUR)), Some(at(11 * HOUR)));
        assert_eq!(page.due_expiry(IDLE, at(-5 * HOUR)), None, "a clock that was set back");
        assert_eq!(page.due_expiry(Duration::hours(2), at(HOUR)), None, "the setting was shortened");
    }

    #[test]
    fn a_password_is_fresh_for_five_minutes() {
        let page = opened();
        assert!(page.is_fresh(at(0)) && page.is_fresh(at(299)));
        assert!(!page.is_fresh(at(300)));
        assert!(page.is_fresh(at(-60)), "a time in the future counts as now");
    }

    #[test]
    fn it_expires_unused_or_with_its_session() {
        let mut record = record();
        assert!(record.page.is_alive(at(10 * HOUR - 1)) && !record.page.is_alive(at(10 * HOUR)));
        assert_eq!(record.expires_at(), at(10 * HOUR));
        record.page.idle_expires_at = at(30 * HOUR);
        assert_eq!(record.expires_at(), at(24 * HOUR), "use does not extend the session");
    }
}
