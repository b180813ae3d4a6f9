//! Renewing a login (RFC 6749, section 6; rotation as in RFC 9700, section 4.14.2).

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, PlainToken, ServerKey, SessionId, TokenHash, TokenKind};
use bailiwick_users::{HeldRefresh, RefreshGrant, RefreshState, Session, UserError, UserStatus};

use crate::accounts::log_in::{LoggedIn, Opened};
use crate::audit::{Action, Note};
use crate::authority::Public;
use crate::throttle::{Limit, Whom};
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
        if let Some(session) = self.ask(proof, &SessionOf { presented: token.hash() }).await? {
            self.limit(Limit::REFRESH, Whom::Session(session)).await?;
        }
        let successor = successor(&self.parts().server_key, &token);
        let rotate = Rotate { presented: token.hash(), successor: successor.hash() };
        match self.run(proof, &rotate).await? {
            Rotation::Renewed(session) => {
                let issued_at = self.parts().clock.now();
                Ok(self.logged_in(Opened { session, refresh_token: successor, issued_at }))
            }
            Rotation::Refused => Err(UserError::BadRefreshToken.into()),
        }
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

/// The token that follows this one: always the same, and nobody without the key can
/// tell it. So it can be handed out again though only its hash is stored.
fn successor(key: &ServerKey, token: &PlainToken) -> PlainToken {
    PlainToken::from_bytes(TokenKind::Refresh, &key.derive(PURPOSE, token.reveal().as_bytes()))
}

/// The transaction of a renewal. A theft is no error here: its consequence must stay.
struct Rotate {
    presented: TokenHash,
    successor: TokenHash,
}

enum Rotation {
    Renewed(Session),
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
            RefreshState::UsedJustNow if self.successor_is_unused(work).await? => {
                Ok(Rotation::Renewed(held.session))
            }
            RefreshState::UsedJustNow | RefreshState::Used => end_family(work, &held.session).await,
        }
    }
}

impl Rotate {
    async fn renew(&self, work: &mut Work<'_, Public>, held: HeldRefresh) -> Result<Rotation, Error> {
        let next = RefreshGrant {
            hash: self.successor,
            session_id: held.session.id,
            issued_at: work.now,
            expires_at: work.now + work.settings.refresh_ttl,
        };
        let rotated = work.tx.sessions().rotate(&self.presented, &next, work.now).await?;
        Ok(if rotated { Rotation::Renewed(held.session) } else { Rotation::Refused })
    }

    async fn successor_is_unused(&self, work: &mut Work<'_, Public>) -> Result<bool, Error> {
        let next = work.tx.sessions().lock_by_refresh(&self.successor).await?;
        Ok(next.is_some_and(|next| next.used_at.is_none()))
    }
}

/// Two parties hold tokens of one family, and nobody knows which is the thief.
async fn end_family(work: &mut Work<'_, Public>, session: &Session) -> Result<Rotation, Error> {
    if work.tx.sessions().end(session.user_id, session.id, work.now).await? {
        let note = Note::new(Action::SessionRefreshReuse, session.id);
        work.note(note.before("user", &session.user_id));
    }
    Ok(Rotation::Refused)
}
