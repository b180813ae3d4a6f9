//! Signing in at the pages: opens a session whose secret is a cookie.

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, PlainToken, TokenHash, TokenKind};
use bailiwick_users::{PageSession, Session, SessionScope, User, UserError};

use crate::accounts::log_in::{CheckedLogin, LogIn, Opened};
use crate::audit::{Action, AuditEvent};
use crate::authority::Public;
use crate::{App, Command, Error, Work};

/// A new session of the pages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The value of its cookie.
    pub cookie: PlainToken,
}

impl App {
    /// Signs a user in at the pages: as [`App::log_in`], with the same limits and refusals. It always
    /// opens a new session. The session of `former`, the cookie that the browser sent, ends with it, of
    /// whatever account it is.
    pub async fn sign_in(
        &self,
        proof: &Public,
        request: &LogIn,
        former: Option<&ClaimedToken>,
    ) -> Result<SignedIn, Error> {
        let former = hash_of(former);
        let opened = self.open(proof, request, |login| OpenPageSession { login, former }).await?;
        Ok(opened.into())
    }

    /// Signs in the owner of an account that a use case of the same request has created with a password:
    /// sign-up, sign-up by invitation, setup. `user` MUST be what that use case returned, because no
    /// password is compared. [`UserError::NotVerified`] while the address must be verified first.
    pub async fn sign_in_created(
        &self,
        proof: &Public,
        user: &User,
        former: Option<&ClaimedToken>,
    ) -> Result<SignedIn, Error> {
        let login = CheckedLogin::of_new(user, self.pair_of(user.email.as_str()));
        let opened = self.run(proof, &OpenPageSession { login, former: hash_of(former) }).await?;
        Ok(opened.ok_or(UserError::BadCredentials)?.into())
    }
}

fn hash_of(cookie: Option<&ClaimedToken>) -> Option<TokenHash> {
    Some(cookie?.read(TokenKind::PageSession)?.hash())
}

impl From<Opened> for SignedIn {
    fn from(opened: Opened) -> Self {
        Self { session: opened.session, cookie: opened.secret }
    }
}

/// The transaction of a login at the pages.
struct OpenPageSession {
    login: CheckedLogin,
    former: Option<TokenHash>,
}

#[async_trait]
impl Command for OpenPageSession {
    type Proof = Public;
    type Output = Option<Opened>;
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Option<Opened>, Error> {
        let Some(session) = self.login.begin(work).await? else { return Ok(None) };
        let secret = PlainToken::generate(TokenKind::PageSession, work.ids);
        let page = PageSession::open(session.id, secret.hash(), work.settings.page_session_idle, work.now);
        work.tx.sessions().insert_page(&session, &page).await?;
        if let Some(former) = &self.former {
            end_former(work, former).await?;
        }
        Ok(Some(Opened { session, secret, issued_at: work.now }))
    }
}

/// Ends the session that the browser had before, so that a cookie that somebody else knows or planted is
/// worth nothing after the login.
async fn end_former(work: &mut Work<'_, Public>, cookie: &TokenHash) -> Result<(), Error> {
    let Some(former) = work.tx.sessions().find_page(cookie).await? else { return Ok(()) };
    let Session { id, user_id, .. } = former.session;
    if work.tx.sessions().end(user_id, SessionScope::One(id), work.now).await? == 1 {
        work.audit(AuditEvent::new(Action::SessionLogout, id).before("user", &user_id));
    }
    Ok(())
}
