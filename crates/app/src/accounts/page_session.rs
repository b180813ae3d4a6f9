//! The session of the pages: found by its cookie, extended by use, confirmed by the password.

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, SessionId, Timestamp, TokenHash, TokenKind};
use bailiwick_users::{PageRecord, Password, UserError};

use crate::authority::{Actor, Authenticated, Public};
use crate::{App, Command, Error, Query, Work};

/// The caller of a page, by its cookie. [`crate::Authority`] checks whether account and session are still
/// active, as for a token; until then it proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageCaller {
    /// The account and the session.
    pub actor: Actor,
    /// Whether the password was given in the last five minutes.
    pub is_fresh: bool,
    /// Time at which cookie or session expires if the cookie is not used again.
    pub expires_at: Timestamp,
}

impl App {
    /// Returns the caller of a cookie; `None` if it is unknown or was not used for too long. Its use moves
    /// its idle expiry, at most once an hour.
    pub async fn page_session(&self, cookie: &ClaimedToken) -> Result<Option<PageCaller>, Error> {
        let Some(cookie) = cookie.read(TokenKind::PageSession) else { return Ok(None) };
        let found = self.query(&Public, &FindPageSession { cookie: cookie.hash() }).await?;
        let Some(Found { mut record, now }) = found else { return Ok(None) };
        let idle = self.parts().settings.page_session_idle;
        if record.session.is_alive(now)
            && let Some(until) = record.page.due_expiry(idle, now)
            && self.extend(record.session.id, until).await
        {
            record.page.idle_expires_at = until;
        }
        Ok(Some(PageCaller {
            actor: Actor { user: record.session.user_id, session: record.session.id },
            is_fresh: record.page.is_fresh(now),
            expires_at: record.expires_at(),
        }))
    }

    /// Moves an idle expiry. A failure is logged and not returned, because pages are also shown while
    /// nothing can be written.
    async fn extend(&self, session: SessionId, until: Timestamp) -> bool {
        let moved = self.run(&Public, &ExtendPageSession { session, until }).await;
        if let Err(error) = &moved {
            tracing::warn!(%error, "the idle expiry of a session of the pages was not moved");
        }
        moved.is_ok()
    }

    /// Confirms the caller at the pages by the password, so that [`PageCaller::is_fresh`] holds for five
    /// minutes. A wrong password counts as a failed login. [`UserError::BadCredentials`],
    /// [`Error::Throttled`]; [`UserError::SessionNotFound`] in a session that has no cookie.
    pub async fn confirm_password(
        &self,
        proof: &Authenticated,
        request: &ConfirmPassword,
    ) -> Result<(), Error> {
        self.confirm_own_password(proof, request.password.as_ref()).await?;
        self.run(proof, &RecordConfirmation).await
    }
}

/// The password of the caller, given again.
#[derive(Clone, Debug)]
pub struct ConfirmPassword {
    /// The password; `None` for a text that exceeds the maximum length.
    pub password: Option<Password>,
}

struct FindPageSession {
    cookie: TokenHash,
}

/// A session of the pages whose cookie has not expired.
struct Found {
    record: PageRecord,
    now: Timestamp,
}

#[async_trait]
impl Query for FindPageSession {
    type Proof = Public;
    type Output = Option<Found>;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Option<Found>, Error> {
        let now = work.now;
        let found = work.tx.sessions().find_page(&self.cookie).await?;
        Ok(found.filter(|record| record.page.is_alive(now)).map(|record| Found { record, now }))
    }
}

struct ExtendPageSession {
    session: SessionId,
    until: Timestamp,
}

#[async_trait]
impl Command for ExtendPageSession {
    type Proof = Public;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        Ok(work.tx.sessions().extend_page(self.session, self.until).await?)
    }
}

struct RecordConfirmation;

#[async_trait]
impl Command for RecordConfirmation {
    type Proof = Authenticated;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        let session = work.proof.actor().session;
        if work.tx.sessions().confirm_page(session, work.now).await? {
            return Ok(());
        }
        Err(UserError::SessionNotFound.into())
    }
}
