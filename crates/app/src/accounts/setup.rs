//! Creation of the first platform administrator, by a link that only the log of the first start
//! shows.

use async_trait::async_trait;
use bailiwick_kernel::{
    ClaimedToken, DisplayName, Email, Limit, PageRequest, PlainToken, TokenHash, TokenKind,
};
use bailiwick_users::{NewUser, Password, User, UserError};

use crate::accounts::clear_failed_logins;
use crate::audit::{Action, AuditEvent};
use crate::authority::Public;
use crate::platform::UserFilter;
use crate::throttle::{Limit as RateLimit, RateLimitKey};
use crate::{App, Command, Error, Query, Work};

/// Sets the platform up with its first administrator.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The setup token as the client sent it.
    pub token: ClaimedToken,
    /// Canonical address; counts as verified.
    pub email: Email,
    /// The chosen password.
    pub password: Password,
    /// Given name.
    pub first_name: DisplayName,
    /// Family name.
    pub last_name: DisplayName,
}

impl App {
    /// Issues a setup token for the log of the service; a former one is revoked. `None` once the
    /// platform has an administrator.
    pub async fn offer_setup(&self, proof: &Public) -> Result<Option<PlainToken>, Error> {
        let token = PlainToken::generate(TokenKind::Setup, &*self.parts().ids);
        let offered = self.run(proof, &OfferSetup { hash: token.hash() }).await?;
        Ok(offered.then_some(token))
    }

    /// Creates the first administrator. [`UserError::AlreadySetUp`] once there is one,
    /// [`UserError::BadSetupToken`], [`UserError::EmailTaken`].
    pub async fn set_up(&self, proof: &Public, request: &SetUp) -> Result<User, Error> {
        let SetUp { token, email, password, first_name, last_name } = request;
        self.limit(RateLimit::SET_UP, RateLimitKey::Client).await?;
        let token = token.read(TokenKind::Setup).ok_or(UserError::BadSetupToken)?;
        // An invalid token costs no hash.
        self.query(proof, &RequireSetupToken { token: token.hash() }).await?;
        let new_user = self.new_user(email, password, first_name, last_name).await?;
        self.run(proof, &FoundPlatform { token: token.hash(), new_user }).await
    }
}

/// Refuses with [`UserError::AlreadySetUp`] once the platform has an administrator.
#[derive(Clone, Copy, Debug)]
pub struct RequireNotSetUp;

#[async_trait]
impl Query for RequireNotSetUp {
    type Proof = Public;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        require_not_set_up(work).await
    }
}

struct RequireSetupToken {
    token: TokenHash,
}

#[async_trait]
impl Query for RequireSetupToken {
    type Proof = Public;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        require_not_set_up(work).await?;
        let good = work.tx.secrets().is_setup(&self.token, work.now).await?;
        Ok(good.then_some(()).ok_or(UserError::BadSetupToken)?)
    }
}

async fn require_not_set_up(work: &mut Work<'_, Public>) -> Result<(), Error> {
    if has_platform_admin(work).await? {
        return Err(UserError::AlreadySetUp.into());
    }
    Ok(())
}

async fn has_platform_admin(work: &mut Work<'_, Public>) -> Result<bool, Error> {
    let filter = UserFilter { platform_admin: Some(true), ..UserFilter::default() };
    let page = PageRequest { limit: Limit::ONE, after: None };
    Ok(!work.tx.platform().list_users(&filter, page).await?.items.is_empty())
}

struct OfferSetup {
    hash: TokenHash,
}

#[async_trait]
impl Command for OfferSetup {
    type Proof = Public;
    type Output = bool;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<bool, Error> {
        if has_platform_admin(work).await? {
            return Ok(false);
        }
        work.tx.secrets().issue_setup(&self.hash, work.now + work.settings.setup_ttl).await?;
        Ok(true)
    }
}

struct FoundPlatform {
    token: TokenHash,
    new_user: NewUser,
}

#[async_trait]
impl Command for FoundPlatform {
    type Proof = Public;
    type Output = User;

    /// Only one of several concurrent callers consumes the token.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<User, Error> {
        require_not_set_up(work).await?;
        if !work.tx.secrets().consume_setup(&self.token, work.now).await? {
            return Err(UserError::BadSetupToken.into());
        }
        let mut user = User::with_proven_mailbox(self.new_user.clone(), work.ids, work.now);
        user.platform_admin = true;
        work.tx.users().insert(&user).await?;
        clear_failed_logins(work, &user.email).await?;
        work.name_actor(user.id, None);
        work.audit(AuditEvent::new(Action::AccountCreateAdmin, user.id).after("email", &user.email));
        Ok(user)
    }
}
