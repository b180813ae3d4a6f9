//! Renewing a login (RFC 6749, section 6; rotation as in RFC 9700, section 4.14.2).

use std::slice;

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, PlainToken, ServerKey, SessionId, TokenHash, TokenKind};
use bailiwick_users::{LockedRefresh, RefreshGrant, RefreshState, Session, UserError, UserStatus};

use crate::accounts::log_in::{LoggedIn, Opened};
use crate::audit::{Action, AuditEvent};
use crate::authority::Public;
use crate::throttle::{Limit, RateLimitKey};
use crate::{App, Command, Error, Query, Work};

/// Parts the successors of refresh tokens from whatever else the key is used for.
const PURPOSE: &str = "bailiwick successor of a refresh token";

/// Renews a login.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// The refresh token as the client sent it.
    pub token: ClaimedToken,
}

impl App {
    /// Hands out a new pair for a refresh token, which is used up by that. Whoever
    /// shows the same token once more within ten seconds (another tab, an answer that
    /// was lost) gets the same successor; later, or when that was used already, the
    /// token was stolen from somebody, and the session ends.
    /// [`UserError::BadRefreshToken`].
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
        Ok(self.logged_in(Opened { session, refresh_token, issued_at: self.parts().clock.now() }))
    }
}

/// Reads whose token it is: only renewals of a session that exists are counted.
struct SessionOf {
    presented: TokenHash,
}

#[async_trait]
impl Query for SessionOf {
    type Proof = Public;
    type Output = Option<SessionId>;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Option<SessionId>, Error> {
        Ok(work.tx.sessions().find_by_refresh(&self.presented).await?)
    }
}

/// The token that follows this one, as each key derives it, the current key first: always
/// the same, and unknown without the key. So it can be handed out again though only its hash
/// is stored, also after a newer key took over.
fn successors(key: &ServerKey, token: &PlainToken) -> Vec<PlainToken> {
    let derived = key.derive_all(PURPOSE, token.reveal().as_bytes());
    derived.map(|bytes| PlainToken::from_bytes(TokenKind::Refresh, &bytes)).collect()
}

/// The transaction of a renewal. A theft is no error here: its consequence must stay.
struct Rotate {
    presented: TokenHash,
    /// By each key of this node, the current one first.
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

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Rotation, Error> {
        let Some(held) = work.tx.sessions().lock_by_refresh(&self.presented).await? else {
            return Ok(Rotation::Refused);
        };
        let user = work.tx.users().find(held.session.user_id).await?;
        let in_use = user.is_some_and(|user| user.status == UserStatus::Active);
        if !in_use || !held.session.is_alive(work.now) {
            return Ok(Rotation::Refused);
        }
        match held.state(work.now) {
            RefreshState::Fresh => self.renew(work, held).await,
            RefreshState::Stale => Ok(Rotation::Refused),
            RefreshState::UsedJustNow => self.repeat(work, held).await,
            RefreshState::Used => end_family(work, &held.session).await,
        }
    }
}

impl Rotate {
    async fn renew(&self, work: &mut Work<'_, Public>, held: LockedRefresh) -> Result<Rotation, Error> {
        let Some(&successor) = self.successors.first() else { return Ok(Rotation::Refused) };
        let next = RefreshGrant {
            hash: successor,
            session_id: held.session.id,
            issued_at: work.now,
            expires_at: work.now + work.settings.refresh_ttl,
        };
        let rotated = work.tx.sessions().rotate(&self.presented, &next, work.now).await?;
        Ok(if rotated { Rotation::Renewed { session: held.session, successor } } else { Rotation::Refused })
    }

    /// Hands the successor out again while it is unused. A node without the key that derived
    /// it, during a rotation of keys, refuses and ends nothing: that is no theft.
    async fn repeat(&self, work: &mut Work<'_, Public>, held: LockedRefresh) -> Result<Rotation, Error> {
        let Some(successor) = self.unused_successor(work, &held).await? else {
            return end_family(work, &held.session).await;
        };
        if self.successors.contains(&successor) {
            return Ok(Rotation::Renewed { session: held.session, successor });
        }
        tracing::warn!("a refresh token was renewed by a key that is not among this node's PREVIOUS_KEYS");
        Ok(Rotation::Refused)
    }

    /// For a use recorded before successors were stored, the keys tell which it is.
    async fn unused_successor(
        &self,
        work: &mut Work<'_, Public>,
        held: &LockedRefresh,
    ) -> Result<Option<TokenHash>, Error> {
        let candidates = held.successor.as_ref().map_or(&*self.successors, slice::from_ref);
        for candidate in candidates {
            if let Some(next) = work.tx.sessions().lock_by_refresh(candidate).await? {
                return Ok(next.used_at.is_none().then_some(*candidate));
            }
        }
        Ok(None)
    }
}

/// Two parties hold tokens of one family, and nobody knows which is the thief.
async fn end_family(work: &mut Work<'_, Public>, session: &Session) -> Result<Rotation, Error> {
    if work.tx.sessions().end(session.user_id, session.id, work.now).await? {
        let event = AuditEvent::new(Action::SessionRefreshReuse, session.id);
        work.audit(event.before("user", &session.user_id));
    }
    Ok(Rotation::Refused)
}
