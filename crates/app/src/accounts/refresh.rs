//! Renewal of a session (RFC 6749, section 6; rotation as in RFC 9700, section 4.14.2).

use std::slice;

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, Lock, PlainToken, ServerKey, SessionId, TokenHash, TokenKind};
use bailiwick_users::{
    RefreshGrant, RefreshRecord, RefreshState, Session, SessionScope, UserError, UserStatus,
};

use crate::accounts::log_in::{LoggedIn, Opened};
use crate::audit::{Action, AuditEvent};
use crate::authority::Public;
use crate::throttle::{Limit, RateLimitKey};
use crate::{App, Command, Error, Query, Work};

/// Purpose of the derivation: separates the successors of refresh tokens from other uses of the
/// key.
const PURPOSE: &str = "bailiwick successor of a refresh token";

/// Renews a session.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// The refresh token as the client sent it.
    pub token: ClaimedToken,
}

impl App {
    /// Consumes a refresh token and returns a new pair of tokens. [`UserError::BadRefreshToken`] if the
    /// token is refused.
    ///
    /// If the same token is presented again within ten seconds (another tab, a lost response), the
    /// result has the same successor. If it is presented later, or after the successor was used, it
    /// counts as stolen, and the session ends.
    pub async fn refresh(&self, proof: &Public, request: &Refresh) -> Result<LoggedIn, Error> {
        let token = request.token.read(TokenKind::Refresh).ok_or(UserError::BadRefreshToken)?;
        if let Some(session) = self.query(proof, &SessionOf { presented: token.hash() }).await? {
            self.limit(Limit::REFRESH, RateLimitKey::Session(session)).await?;
        }
        let successors = successors(&self.parts().server_key, &token);
        let hashes = successors.iter().map(PlainToken::hash).collect();
        let rotate = Rotate { presented: token.hash(), successors: hashes };
        let Rotation::Renewed { session, successor } = self.run(proof, &rotate).await? else {
            return Err(UserError::BadRefreshToken.into());
        };
        let refresh_token = successors.into_iter().find(|token| token.hash() == successor);
        let refresh_token = refresh_token.ok_or(UserError::BadRefreshToken)?;
        Ok(self.logged_in(Opened { session, secret: refresh_token, issued_at: self.parts().clock.now() }))
    }
}

/// Finds the session of a token, because the rate limit counts renewals by session. A token without a
/// session is not counted.
struct SessionOf {
    presented: TokenHash,
}

#[async_trait]
impl Query for SessionOf {
    type Proof = Public;
    type Output = Option<SessionId>;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Option<SessionId>, Error> {
        let found = work.tx.sessions().find_by_refresh(&self.presented, Lock::None).await?;
        Ok(found.map(|found| found.session.id))
    }
}

/// Derives the successor of a token with each key, the current key first.
///
/// The derivation is deterministic and needs the key. A successor can therefore be returned again
/// although only its hash is stored, even after the current key was replaced.
fn successors(key: &ServerKey, token: &PlainToken) -> Vec<PlainToken> {
    let derived = key.derive_all(PURPOSE, token.reveal().as_bytes());
    derived.map(|bytes| PlainToken::from_bytes(TokenKind::Refresh, &bytes)).collect()
}

/// The transaction of a renewal. Reuse of a stolen token is an outcome ([`Rotation::Refused`]) and not an
/// error, because an error would roll back the end of the session.
struct Rotate {
    presented: TokenHash,
    /// Derived by each key of this node, the current one first.
    successors: Vec<TokenHash>,
}

enum Rotation {
    Renewed { session: Session, successor: TokenHash },
    Refused,
}

#[async_trait]
impl Command for Rotate {
    type Proof = Public;
    type Output = Rotation;
    const MAY_BE_VETOED: bool = false;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Rotation, Error> {
        let Some(locked) = work.tx.sessions().find_by_refresh(&self.presented, Lock::Update).await? else {
            return Ok(Rotation::Refused);
        };
        let user = work.tx.users().find(locked.session.user_id, Lock::None).await?;
        let is_active = user.is_some_and(|user| user.status == UserStatus::Active);
        if !is_active || !locked.session.is_alive(work.now) {
            return Ok(Rotation::Refused);
        }
        match locked.state(work.now) {
            RefreshState::Fresh => self.renew(work, locked).await,
            RefreshState::Stale => Ok(Rotation::Refused),
            RefreshState::UsedJustNow => self.repeat(work, locked).await,
            RefreshState::Used => end_family(work, &locked.session).await,
        }
    }
}

impl Rotate {
    async fn renew(&self, work: &mut Work<'_, Public>, locked: RefreshRecord) -> Result<Rotation, Error> {
        let Some(&successor) = self.successors.first() else { return Ok(Rotation::Refused) };
        let next = RefreshGrant {
            hash: successor,
            session_id: locked.session.id,
            issued_at: work.now,
            expires_at: work.now + work.settings.refresh_ttl,
        };
        let rotated = work.tx.sessions().rotate(&self.presented, &next, work.now).await?;
        Ok(if rotated { Rotation::Renewed { session: locked.session, successor } } else { Rotation::Refused })
    }

    /// Returns the successor again while it is unused. If this node lacks the key that derived it
    /// (during a rotation of keys), refuses the token but keeps the session, because this is no theft.
    async fn repeat(&self, work: &mut Work<'_, Public>, locked: RefreshRecord) -> Result<Rotation, Error> {
        let Some(successor) = self.unused_successor(work, &locked).await? else {
            return end_family(work, &locked.session).await;
        };
        if self.successors.contains(&successor) {
            return Ok(Rotation::Renewed { session: locked.session, successor });
        }
        tracing::warn!(
            "a refresh token was refused, because a key that is not in this node's PREVIOUS_KEYS renewed it"
        );
        Ok(Rotation::Refused)
    }

    /// Returns the successor if it is unused. If an earlier version of the service recorded the use
    /// without a successor, tries the successors derived with all keys.
    async fn unused_successor(
        &self,
        work: &mut Work<'_, Public>,
        locked: &RefreshRecord,
    ) -> Result<Option<TokenHash>, Error> {
        let candidates = locked.successor.as_ref().map_or(&*self.successors, slice::from_ref);
        for candidate in candidates {
            if let Some(next) = work.tx.sessions().find_by_refresh(candidate, Lock::Update).await? {
                return Ok(next.used_at.is_none().then_some(*candidate));
            }
        }
        Ok(None)
    }
}

/// Ends the session, because two clients use tokens of one family, and the service cannot tell which
/// of them is the thief.
async fn end_family(work: &mut Work<'_, Public>, session: &Session) -> Result<Rotation, Error> {
    let one = SessionScope::One(session.id);
    if work.tx.sessions().end(session.user_id, one, work.now).await? == 1 {
        let event = AuditEvent::new(Action::SessionRefreshReuse, session.id);
        work.audit(event.before("user", &session.user_id));
    }
    Ok(Rotation::Refused)
}
