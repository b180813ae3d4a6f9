//! Sessions of the caller: list and end them.

use async_trait::async_trait;
use bailiwick_kernel::{SessionId, TokenKind};
use bailiwick_users::{Session, SessionScope, UserError};

use crate::audit::{Action, AuditEvent};
use crate::authority::Authenticated;
use crate::{Command, Error, Listing, PageText, Query, Work};

/// A session, as its owner sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MySession {
    /// The session.
    pub session: Session,
    /// Whether it is the session of the request.
    pub is_current: bool,
}

/// Lists the active sessions of the caller.
#[derive(Clone, Debug, Default)]
pub struct MySessions {
    /// The requested page.
    pub page: PageText,
}

#[async_trait]
impl Query for MySessions {
    type Proof = Authenticated;
    type Output = Listing<MySession>;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<Self::Output, Error> {
        let actor = work.proof.actor();
        let list = format!("sessions:{}", actor.user);
        let page = self.page.read(&list)?;
        let found = work.tx.sessions().list(actor.user, work.now, page).await?;
        let marked = found.map(|session| MySession { is_current: session.id == actor.session, session });
        Ok(Listing::new(marked, &list))
    }
}

/// Ends a session of the caller. [`UserError::SessionNotFound`] unless it is active.
#[derive(Clone, Copy, Debug)]
pub struct EndSession {
    /// The session.
    pub id: SessionId,
}

#[async_trait]
impl Command for EndSession {
    type Proof = Authenticated;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        let user = work.proof.actor().user;
        if work.tx.sessions().end(user, SessionScope::One(self.id), work.now).await? == 0 {
            return Err(UserError::SessionNotFound.into());
        }
        work.audit(AuditEvent::new(Action::SessionLogout, self.id));
        Ok(())
    }
}

/// Ends the session of the request.
#[derive(Clone, Copy, Debug)]
pub struct LogOut;

#[async_trait]
impl Command for LogOut {
    type Proof = Authenticated;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        let actor = work.proof.actor();
        let one = SessionScope::One(actor.session);
        if work.tx.sessions().end(actor.user, one, work.now).await? == 1 {
            work.audit(AuditEvent::new(Action::SessionLogout, actor.session));
        }
        Ok(())
    }
}

/// Ends all sessions of the caller but the one of the request. Returns how many ended.
#[derive(Clone, Copy, Debug)]
pub struct EndOtherSessions;

#[async_trait]
impl Command for EndOtherSessions {
    type Proof = Authenticated;
    type Output = u64;
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<u64, Error> {
        let actor = work.proof.actor();
        let others = SessionScope::AllExcept(actor.session);
        let ended = work.tx.sessions().end(actor.user, others, work.now).await?;
        work.audit(AuditEvent::new(Action::SessionLogoutAll, actor.user).after("sessions_ended", &ended));
        Ok(ended)
    }
}

/// Ends all sessions of the caller, including this one, and revokes a pending change of address,
/// because an intruder may have requested it.
#[derive(Clone, Copy, Debug)]
pub struct LogOutEverywhere;

#[async_trait]
impl Command for LogOutEverywhere {
    type Proof = Authenticated;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        let user = work.proof.actor().user;
        let ended = work.tx.sessions().end(user, SessionScope::All, work.now).await?;
        work.tx.secrets().revoke(user, &[TokenKind::EmailChange]).await?;
        work.audit(AuditEvent::new(Action::SessionLogoutAll, user).after("sessions_ended", &ended));
        Ok(())
    }
}
